# Makes the package's /etc/ecs/ecs.config of the tables in docs/configuration.md, which a test keeps
# equal to the program's settings: every setting with its help and its default, all commented.

function wrap(text,    line, count, words, i) {
    count = split(text, words, " ")
    line = "#"
    for (i = 1; i <= count; i++) {
        if (length(line) + length(words[i]) > 98) {
            print line
            line = "#"
        }
        line = line " " words[i]
    }
    print line
}

BEGIN {
    FS = " *[|] *"
    print "# Settings of ecs-node-agent, as VARIABLE=value. Each stands here with its default, commented."
    print "# After a change: systemctl reload ecs-node-agent (log level), else systemctl restart ecs-node-agent;"
    print "# tasks run on. `ecs-node-agent check-config` says what is wrong, `ecs-node-agent print-config` what"
    print "# is in force. See ecs-node-agent(8) and /usr/share/doc/ecs-node-agent/docs/configuration.md."
}

/^## / { heading = substr($0, 4) }

# | `key` | `VARIABLE`, `SECOND` | `--flag` | type | `default` | meaning |
$2 ~ /^`[a-z0-9_]+`$/ && $3 ~ /^`[A-Z0-9_]+`/ {
    if (heading != written) {
        print "\n# --- " heading " ---"
        written = heading
    }
    split($3, variables, "`")
    value = $6
    gsub(/`/, "", value)
    print ""
    wrap($7)
    print "#" variables[2] "=" value
}

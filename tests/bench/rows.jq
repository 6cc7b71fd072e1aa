# One row for each answer, count of connections and count of containers: medians over the rounds.
def median: sort | if length % 2 == 1 then .[length / 2 | floor]
                   else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def rps: map(.requests / .seconds) | median;
# A round may be shorter than the clock is fine: CPU time is that of all rounds together.
def cpu: (map(.cpu_us) | add) / (map(.requests) | add);
def rounded(digits): pow(10; digits) as $scale | (. * $scale | round) / $scale;

($runs | map({key: (.containers | tostring), value: .}) | from_entries) as $run
| [$rounds | group_by([.containers, .name, .connections])[]
   | map(select(.server == "ours")) as $ours
   | map(select(.server == "nginx")) as $nginx
   | .[0]
   | {name, connections, containers,
      rps: ($ours | rps | rounded(0)),
      nginx_rps: ($nginx | rps | rounded(0)),
      # Each round has both, one right after the other: their ratio is steadier than either.
      ratio: ([$ours, $nginx] | transpose
              | map((.[0].requests / .[0].seconds) / (.[1].requests / .[1].seconds)) | median | rounded(3)),
      cpu_us: ($ours | cpu | rounded(1)),
      nginx_cpu_us: ($nginx | cpu | rounded(1)),
      p50_ms: ($ours | map(.p50_ms) | median | rounded(3)),
      p99_ms: ($ours | map(.p99_ms) | median | rounded(3)),
      nginx_p99_ms: ($nginx | map(.p99_ms) | median | rounded(3)),
      rss_mb: ($run[.containers | tostring].rss_mb | rounded(1))}]

#!/bin/sh
# AWS's command line, version 2: one line of JSON with the end of the key that it shows and where it found it, and whom
# STS takes it for.
shown=$(aws configure list 2>&1) || exec jq --null-input --compact-output --arg error "$shown" '$ARGS.named'
caller=$(aws --region us-east-1 --endpoint-url "$AWS_SERVER" sts get-caller-identity --query Arn --output text 2>&1)
exec jq --null-input --compact-output '$ARGS.named' --arg caller "$caller" \
    --arg end_of_key "$(printf '%s\n' "$shown" | sed -n 's/^access_key  *\**\([A-Z0-9]*\) .*/\1/p')" \
    --arg method "$(printf '%s\n' "$shown" | sed -n 's/^access_key  *[^ ]*  *\([a-z-]*\) .*/\1/p')"

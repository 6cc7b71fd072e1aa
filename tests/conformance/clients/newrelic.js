// New Relic's look at ECS: one line of JSON with what it tells its collector. Its agent object, which would begin to
// report to New Relic, is one that only counts.
'use strict';

const fetchEcsInfo = require('newrelic/lib/utilization/ecs-info');

const failures = [];
const agent = {
  config: { utilization: { detect_aws: true } },
  metrics: { getOrCreateMetric: (name) => ({ incrementCallCount: () => failures.push(name) }) },
};
fetchEcsInfo(agent, (error, info) => console.log(JSON.stringify({ error, info, failures })));

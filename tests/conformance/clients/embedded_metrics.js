// aws-embedded-metrics: one line of JSON, the document that it sends to the CloudWatch agent. The agent's side of that
// connection is here, on the port that the library expects it on.
'use strict';

const net = require('net');
const { createMetricsLogger, Unit } = require('aws-embedded-metrics');

const agent = net.createServer((connection) => {
  let text = '';
  connection.on('data', (part) => {
    text += part;
    if (text.includes('\n')) {
      console.log(text.slice(0, text.indexOf('\n')));
      process.exit(0);
    }
  });
});

agent.listen(25888, '127.0.0.1', () => {
  const metrics = createMetricsLogger();
  metrics.putMetric('Orders', 1, Unit.Count);
  metrics.flush();
});

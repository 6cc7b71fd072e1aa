// OpenTelemetry's ECS detector: one line of JSON with the attributes that it gives every span.
'use strict';

const { detectResources } = require('@opentelemetry/resources');
const { awsEcsDetector } = require('@opentelemetry/resource-detector-aws');

const resource = detectResources({ detectors: [awsEcsDetector] });
resource.waitForAsyncAttributes().then(() => console.log(JSON.stringify(resource.attributes)));

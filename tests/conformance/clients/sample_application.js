// What the sample application of the v2 proposal does, in our own words: it asks about its task, then about each
// container of it, then for the stats of both, and tries again what has failed. One line of JSON with all answers,
// and with what failed at last.
'use strict';

const http = require('http');

const host = 'http://169.254.170.2';
const attempts = 5;
const pause_ms = 1000;
const limit_ms = 5000;

function get(path) {
  return new Promise((resolve, reject) => {
    const request = http.get(host + path, { timeout: limit_ms }, (response) => {
      let body = '';
      response.on('data', (part) => (body += part));
      response.on('end', () => {
        if (response.statusCode !== 200) {
          return reject(new Error(`${path}: ${response.statusCode} ${body}`));
        }
        try {
          resolve(JSON.parse(body));
        } catch (error) {
          reject(error);
        }
      });
    });
    request.on('timeout', () => request.destroy(new Error(`${path}: no answer in time`)));
    request.on('error', reject);
  });
}

async function ask(path) {
  for (let attempt = 1; ; ++attempt) {
    try {
      return await get(path);
    } catch (error) {
      if (attempt === attempts) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pause_ms));
    }
  }
}

async function look(found) {
  found.task = await ask('/v2/metadata');
  const ids = found.task.Containers.map((container) => container.DockerId);
  for (const id of ids) {
    found.containers[id] = await ask(`/v2/metadata/${id}`);
  }
  found.task_stats = await ask('/v2/stats');
  for (const id of ids) {
    found.stats[id] = await ask(`/v2/stats/${id}`);
  }
}

const found = { containers: {}, stats: {} };
look(found)
  .catch((error) => (found.error = error.message))
  .then(() => console.log(JSON.stringify(found)));

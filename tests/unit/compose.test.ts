// docker-compose.yml keeps its rules, and each rule is proven on a violation planted in it.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { composeFile, interpolate, variablesOf } from '../support/compose.ts';
import { composeFaults } from '../support/compose-rules.ts';

const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');

describe('docker-compose.yml', () => {
  test('keeps every rule', () => {
    expect(composeFaults(composeFile)).toEqual([]);
  });

  test.each([
    ['a key that Compose does not know', '    shm_size: 256mb', '    shm-size: 256mb', 'schema: /services/postgres'],
    ['a variable without a default', '${LOG_LEVEL:-info}', '${LOG_LEVEL}', '${LOG_LEVEL} has neither'],
    ['an image without a version', 'axllent/mailpit:v1.30.5', 'axllent/mailpit', 'mail: the image axllent/mailpit is not pinned'],
    ['the newest image', 'prom/prometheus:v3.13.0', 'prom/prometheus:latest', 'prometheus: the image prom/prometheus:latest is not pinned'],
    ['root', "user: '999:999'", "user: '0:0'", 'postgres: user must be a number'],
    ['a file system that can be written', 'read_only: true', 'read_only: false', 'grafana: its file system can be written'],
    ['capabilities', 'cap_drop: [ALL]', 'cap_drop: [NET_RAW]', 'api: keeps capabilities'],
    ['privileges to gain', "security_opt: ['no-new-privileges:true']", 'security_opt: []', 'worker: may gain privileges'],
    ['a port open to other machines', '127.0.0.1:${PORT:-4000}', '${PORT:-4000}', 'api: port ${PORT:-4000}:4000 is open'],
    ['a service without a health check', 'healthcheck: *health', 'healthcheck: { disable: true }', 'api: has no health check'],
    [
      'a start without waiting',
      '{ migrate: { condition: service_completed_successfully } }',
      '{ migrate: { condition: service_started } }',
      'api: waits for the start of migrate',
    ],
    ['a secret', '${AUTH_JWT_SECRET:-}', 'abcdefgh', 'api: AUTH_JWT_SECRET stands in the file'],
    ['a secret as a default', '${WEBHOOK_SECRET:-}', '${WEBHOOK_SECRET:-abc}', 'worker: WEBHOOK_SECRET stands in the file'],
    ['a password in a URL', '${SMTP_URL:-}', 'smtp://me:secret@mail', 'worker: SMTP_URL stands in the file'],
    [
      'a mount that can be written',
      './deploy/grafana:/etc/carillon:ro',
      './deploy/grafana:/etc/carillon',
      'grafana: may write to ./deploy/grafana',
    ],
    ['a mount of nothing', './deploy/prometheus:', './deploy/prometeus:', 'prometheus: mounts ./deploy/prometeus'],
    ['a setting that does not exist', 'PROVIDER_TIMEOUT_MS: ', 'PROVIDER_TIMEOUT: ', 'worker: PROVIDER_TIMEOUT is no setting'],
    [
      'a setting that is left out',
      '      PROVIDER_CONNECTIONS: ${PROVIDER_CONNECTIONS:-}\n',
      '',
      'PROVIDER_CONNECTIONS is passed to nobody',
    ],
  ])('would not pass with %s', (_violation, right, wrong, fault) => {
    expect(composeFile).toContain(right);
    expect(composeFaults(composeFile.replace(right, wrong)).join('\n')).toContain(fault);
  });

  test('is refused without a password for the database', () => {
    expect(() => interpolate(composeFile, {})).toThrow('POSTGRES_PASSWORD: set POSTGRES_PASSWORD in .env');
  });
});

test('.env.example names every variable of docker-compose.yml, and no other', () => {
  const named = [...example.matchAll(/^#?([A-Z_]+)=/gm)].map(([, name = '']) => name);
  const used = new Set(variablesOf(composeFile).map(({ name }) => name));
  expect(named).toHaveLength(used.size);
  expect(new Set(named)).toEqual(used);
});

test('.env.example sets nothing by itself, and no secret even as an example', () => {
  expect([...example.matchAll(/^[^#\n].*$/gm)].map(([line]) => line)).toEqual(['POSTGRES_PASSWORD=']);
  expect([...example.matchAll(/^#?\w*(?:PASSWORD|SECRET|TOKEN)=(.*)$/gm)].map(([, value]) => value)).toEqual(['', '', '', '']);
});

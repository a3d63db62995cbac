import { expect, test } from 'vitest';
import { readConfig, warningsOf } from '../../src/config.ts';
import type { Config } from '../../src/config.ts';
import { webhookRetryDelayMs } from '../../src/domain/webhook.ts';

const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const next = `whsec_${Buffer.alloc(24, 2).toString('base64')}`;
const both = { WEBHOOK_URL: 'https://hooks.example/in?team=1', WEBHOOK_SECRET: secret };

function webhooks(env: Record<string, string>): Config['webhooks'] {
  const result = readConfig(env);
  if (!result.ok) throw new Error(result.faults.join('\n'));
  return result.config.webhooks;
}

test('nobody is told unless there is somebody and a secret; several secrets all sign', () => {
  expect(webhooks({})).toBeNull();
  expect(webhooks(both)).toEqual({ url: both.WEBHOOK_URL, secrets: [secret] });
  expect(webhooks({ ...both, WEBHOOK_SECRET: `${secret}, ${next}` })?.secrets).toEqual([secret, next]);
});

test('a receiver without encryption is worth a warning, unless it is this machine', () => {
  const warnings = (url: string): boolean => {
    const result = readConfig({ ...both, WEBHOOK_URL: url });
    return result.ok && warningsOf(result.config).some((warning) => warning.startsWith('WEBHOOK_URL is not https'));
  };
  expect([
    warnings('http://hooks.example/'),
    warnings('http://127.0.0.1:9/'),
    warnings('http://[::1]:9/'),
    warnings('https://hooks.example/'),
  ]).toEqual([true, false, false, false]);
});

const howTo = `make one with node -p "'whsec_' + require('crypto').randomBytes(32).toString('base64')"`;
test.each([
  [
    { WEBHOOK_URL: both.WEBHOOK_URL },
    'WEBHOOK_URL is set without WEBHOOK_SECRET: its receiver could not tell our webhooks from others; set both',
  ],
  [{ WEBHOOK_SECRET: secret }, 'WEBHOOK_SECRET is set without WEBHOOK_URL: nobody would be told; set both, or unset WEBHOOK_SECRET'],
  [{ ...both, WEBHOOK_URL: 'hooks.example' }, 'WEBHOOK_URL: must be an https:// URL (its value is not shown)'],
  [
    { ...both, WEBHOOK_URL: 'https://u:hidden@h/' },
    'WEBHOOK_URL: must not carry a user or password; webhooks are signed with WEBHOOK_SECRET',
  ],
  [{ ...both, WEBHOOK_URL: 'https://h/#hidden' }, 'WEBHOOK_URL: must have no fragment (its value is not shown)'],
  ...['hidden', 'whsec_hidden', 'whsec_', `whsec_${Buffer.alloc(23).toString('base64')}`, `${secret},hidden`].map(
    (WEBHOOK_SECRET) =>
      [
        { ...both, WEBHOOK_SECRET },
        `WEBHOOK_SECRET: must be whsec_ and 24 to 64 bytes in base64 (its value is not shown); ${howTo}`,
      ] as const,
  ),
] as const)('%j is a fault that says what to do and shows no secret', (env, fault) => {
  const result = readConfig(env);
  expect(result.ok ? [] : result.faults).toEqual([fault]);
});

test('an event is tried ten times in three days, sooner at first, and never before the receiver wants it again', () => {
  const delays = Array.from({ length: 10 }, (_, nth) => webhookRetryDelayMs(nth + 1, null, () => 0.5));
  expect(delays.map((delay) => (delay === null ? null : delay / 1_000))).toEqual([
    5,
    300,
    1_800,
    7_200,
    18_000,
    36_000,
    50_400,
    72_000,
    86_400,
    null,
  ]);
  expect([webhookRetryDelayMs(1, null, () => 0), webhookRetryDelayMs(1, null, () => 1)]).toEqual([4_500, 5_500]);
  expect(webhookRetryDelayMs(1, 60_000, () => 0.5)).toBe(60_000);
  expect(webhookRetryDelayMs(2, 60_000, () => 0.5)).toBe(300_000);
  expect(webhookRetryDelayMs(1, 999_999_999, () => 0.5)).toBe(86_400_000);
});

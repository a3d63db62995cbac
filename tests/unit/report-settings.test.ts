import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import type { Config } from '../../src/config.ts';

const mail = { SMTP_URL: 'smtp://user:p%40ss@mail.example:587', REPORT_TO: 'ops@example.org' };

function reports(env: Record<string, string>): Config['reports'] {
  const result = readConfig(env);
  if (!result.ok) throw new Error(result.faults.join('\n'));
  return result.config.reports;
}

function faults(env: Record<string, string>): readonly string[] {
  const result = readConfig(env);
  return result.ok ? [] : result.faults;
}

test('without a mail server and somebody to write to there are no reports', () => {
  expect(reports({})).toBeNull();
  expect(reports({ REPORT_AT: '09:00', REPORT_TIME_ZONE: 'Asia/Omsk' })).toBeNull();
});

test('with both, reports go out at eight in UTC, from the first who gets them', () => {
  expect(reports(mail)).toEqual({
    clock: { at: '08:00', timeZone: 'UTC' },
    smtpUrl: mail.SMTP_URL,
    requireTls: true,
    from: 'ops@example.org',
    to: ['ops@example.org'],
  });
});

test('every setting of it is read; nobody gets it twice', () => {
  const env = { ...mail, REPORT_FROM: 'Carillon <c@example.org>', REPORT_AT: '23:30', REPORT_TIME_ZONE: 'gmt+3' };
  expect(reports({ ...env, REPORT_TO: ' Анна Ом <anna@example.org>, ops@example.org ,ops@example.org,' })).toMatchObject({
    clock: { at: '23:30', timeZone: '+03:00' },
    from: 'Carillon <c@example.org>',
    to: ['Анна Ом <anna@example.org>', 'ops@example.org'],
  });
});

describe('a password goes out encrypted', () => {
  test.each([
    ['smtp://u:p@mail.example', true],
    ['smtps://u:p@mail.example', false],
    ['smtp://mail.example', false],
    ['smtp://u:p@127.0.0.1:1025', false],
  ])('%s: STARTTLS is insisted on: %s', (SMTP_URL, requireTls) => {
    expect(reports({ ...mail, SMTP_URL })?.requireTls).toBe(requireTls);
  });
});

test.each([
  [
    { SMTP_URL: mail.SMTP_URL },
    'SMTP_URL is set without REPORT_TO: nobody would get a daily report; set REPORT_TO to an address, or unset SMTP_URL',
  ],
  [
    { REPORT_TO: mail.REPORT_TO },
    'REPORT_TO is set without SMTP_URL: no daily report could be sent; set SMTP_URL to a mail server, or unset REPORT_TO',
  ],
  [{ REPORT_FROM: 'a@b' }, 'REPORT_FROM is set without SMTP_URL and REPORT_TO: no daily report would be sent; set both, or unset it'],
  [
    { ...mail, SMTP_URL: 'mail.example:25' },
    'SMTP_URL: must look like smtp://host:587 or smtps://user:password@host (its value is not shown)',
  ],
  [
    { ...mail, SMTP_URL: 'http://mail.example' },
    'SMTP_URL: must look like smtp://host:587 or smtps://user:password@host (its value is not shown)',
  ],
  [
    { ...mail, SMTP_URL: 'smtp://hidden@mail.example' },
    'SMTP_URL: must carry both a user and a password, or none; special characters as %XX (its value is not shown)',
  ],
  [
    { ...mail, SMTP_URL: 'smtp://mail.example/?x=hidden' },
    'SMTP_URL: must end with the host or port: no path, no query (its value is not shown)',
  ],
  [{ ...mail, REPORT_TO: 'ops' }, 'REPORT_TO: "ops" is no address such as ops@example.org or Anna <anna@example.org>'],
  [
    { ...mail, REPORT_TO: 'a@b, c@d\r\nBcc: e@f' },
    'REPORT_TO: "c@d\\r\\nBcc: e@f" is no address such as ops@example.org or Anna <anna@example.org>',
  ],
  [{ ...mail, REPORT_TO: ',' }, 'REPORT_TO: must have an address such as ops@example.org'],
  [{ ...mail, REPORT_FROM: 'me' }, 'REPORT_FROM: "me" is no address such as carillon@example.org or Carillon <carillon@example.org>'],
  [{ ...mail, REPORT_AT: '8:00' }, 'REPORT_AT="8:00": must be a wall-clock time HH:MM from 00:00 to 23:59'],
  [
    { ...mail, REPORT_TIME_ZONE: 'EST' },
    'REPORT_TIME_ZONE="EST": must be an IANA name such as Europe/Moscow, an offset such as +03:00, or GMT+3',
  ],
])('%j is a fault that says what to do', (env, fault) => {
  expect(faults(env as Record<string, string>)).toEqual([fault]);
});

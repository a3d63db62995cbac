// Reports through a real mail server: what arrives, how it is kept secret on the way, and what a server's no comes to.
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import type { MailReport } from '../../src/domain/report-mail.ts';
import { makeReportMailer } from '../../src/mail/report-mailer.ts';
import { busyReport } from '../support/report-seed.ts';
import { startMailServer } from '../support/mail-server.ts';
import { testCertificate } from '../support/test-certificate.ts';

const to = ['Анна Ом <anna@example.org>', 'ops@example.org'];
const envelope = { messageId: '0b0a8f9e-0000-4000-8000-000000000001', to };

function mailer(port: number, { scheme = 'smtp', login = '', requireTls = false } = {}): MailReport {
  return makeReportMailer({ url: `${scheme}://${login}127.0.0.1:${port}`, from: 'Колокол <carillon@example.org>', to, requireTls });
}

describe('a mail', () => {
  test('has text, a page and its chart inside, to everybody, in any alphabet', async () => {
    await using server = await startMailServer();
    expect(await mailer(server.port)(busyReport(), envelope)).toEqual({ accepted: to, deferred: [], refused: [] });
    const [mail] = server.mails;
    expect(mail).toMatchObject({ from: 'carillon@example.org', to: ['anna@example.org', 'ops@example.org'] });
    const { parsed } = mail ?? { parsed: null };
    expect(parsed?.subject).toBe('Carillon, 2026-11-20: 27,600 sent, 40 not delivered for certain, 1 running');
    expect(parsed?.from?.text).toBe('"Колокол" <carillon@example.org>');
    expect([parsed?.to ?? []].flat().map(({ text }) => text)).toEqual(['"Анна Ом" <anna@example.org>, ops@example.org']);
    expect(parsed?.messageId).toBe('<report-2026-11-20-0b0a8f9e-0000-4000-8000-000000000001@example.org>');
    expect(parsed?.headers.get('auto-submitted')).toBe('auto-generated');
    expect(parsed?.text).toContain('Скидка <b>10 %</b>');
    // The reader has put the picture where the page points to it.
    expect(parsed?.html).toContain('<img src="data:image/png;base64,iVBOR');
    expect(parsed?.attachments).toHaveLength(1);
    const [chart] = parsed?.attachments ?? [];
    expect(chart).toMatchObject({ contentType: 'image/png', cid: 'chart@carillon', related: true, filename: 'messages-2026-11-20.png' });
    expect(chart?.content.subarray(1, 4).toString()).toBe('PNG');
    // RFC 5322 section 2.1.1.
    expect(Math.max(...(mail?.raw ?? '').split('\r\n').map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(998);
  });
});

describe('on the way', () => {
  const trusted = tls.getCACertificates('default');
  afterEach(() => tls.setDefaultCACertificates(trusted));
  const trust = (): void => tls.setDefaultCACertificates([...trusted, testCertificate.cert]);
  const login = { user: 'report', password: 'p@ss:word' };
  const given = 'report:p%40ss%3Aword@';

  test.each([
    ['starttls', 'smtp'],
    ['implicit', 'smtps'],
  ] as const)('%s: encrypted, with user and password', async (mode, scheme) => {
    trust();
    await using server = await startMailServer({ tls: mode, login });
    expect((await mailer(server.port, { scheme, login: given, requireTls: mode === 'starttls' })(busyReport(), envelope)).accepted).toEqual(
      to,
    );
    expect(server.mails).toMatchObject([{ encrypted: true, user: 'report' }]);
  });

  test('a certificate that nobody vouches for is not taken', async () => {
    await using server = await startMailServer({ tls: 'implicit' });
    const { accepted, deferred } = await mailer(server.port, { scheme: 'smtps' })(busyReport(), envelope);
    expect(accepted).toEqual([]);
    expect(deferred.map(({ reason }) => reason).join()).toMatch(/self.signed certificate/);
  });

  test('a password is not told to a server without encryption', async () => {
    await using server = await startMailServer({ login });
    const { accepted, refused } = await mailer(server.port, { login: given, requireTls: true })(busyReport(), envelope);
    expect([accepted, refused.length]).toEqual([[], 2]);
    expect(refused[0]?.reason).toContain('STARTTLS');
    expect(server.asked).toEqual([]);
  });

  test('a wrong password is a refusal, and stands in no reason', async () => {
    await using server = await startMailServer({ login });
    const { refused } = await mailer(server.port, { login: 'report:wrong-secret@' })(busyReport(), envelope);
    expect(refused.map(({ recipient }) => recipient)).toEqual(to);
    expect(JSON.stringify(refused)).toContain('535');
    expect(JSON.stringify(refused)).not.toContain('wrong-secret');
  });
});

describe('a no', () => {
  test('of 4xx to one recipient is for later, of 5xx for good; the others get their mail', async () => {
    await using server = await startMailServer();
    const everybody = [...to, 'gone@example.org'];
    server.refuse((recipient) => {
      if (recipient === 'anna@example.org') return { status: 450, words: 'greylisted' };
      return recipient === 'gone@example.org' ? { status: 550, words: 'no such mailbox' } : null;
    });
    const outcome = await mailer(server.port)(busyReport(), { ...envelope, to: everybody });
    expect(outcome).toMatchObject({
      accepted: ['ops@example.org'],
      deferred: [{ recipient: to[0] }],
      refused: [{ recipient: 'gone@example.org' }],
    });
    expect(outcome.deferred[0]?.reason).toContain('450');
    expect(outcome.refused[0]?.reason).toContain('no such mailbox');
    expect(server.mails.map((mail) => mail.to)).toEqual([['ops@example.org']]);
  });

  test.each([
    [451, 'deferred'],
    [554, 'refused'],
  ] as const)("of %d to the mail is everybody's", async (status, kind) => {
    await using server = await startMailServer();
    server.answerData(async () => ({ status, words: 'not this one' }));
    const outcome = await mailer(server.port)(busyReport(), envelope);
    expect(outcome.accepted).toEqual([]);
    expect(outcome[kind].map(({ recipient }) => recipient)).toEqual(to);
  });

  test('of 4xx to one and 5xx to the other recipient is told apart', async () => {
    await using server = await startMailServer();
    server.refuse((recipient) => (recipient === 'ops@example.org' ? { status: 451, words: 'later' } : { status: 550, words: 'never' }));
    const outcome = await mailer(server.port)(busyReport(), envelope);
    expect(outcome).toMatchObject({ accepted: [], deferred: [{ recipient: 'ops@example.org' }], refused: [{ recipient: to[0] }] });
  });
});

describe('no answer', () => {
  test('of a server that is not there is for later', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => free.once('listening', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const { accepted, deferred } = await mailer(port)(busyReport(), envelope);
    expect([accepted, deferred.length]).toEqual([[], 2]);
    expect(deferred[0]?.reason).toContain('ECONNREFUSED');
  });

  test('is waited for no longer than the process may run', async () => {
    await using server = await startMailServer();
    const reached = Promise.withResolvers<void>();
    const stalled = Promise.withResolvers<null>();
    server.answerData(async () => {
      reached.resolve();
      return stalled.promise;
    });
    const stop = new AbortController();
    const sending = mailer(server.port)(busyReport(), envelope, stop.signal);
    await reached.promise;
    stop.abort();
    expect(await sending).toMatchObject({ accepted: [], deferred: [{ recipient: to[0] }, { recipient: to[1] }] });
    stalled.resolve(null);
  });
});

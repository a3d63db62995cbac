import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { toExcerpt } from '../../src/provider/answer-excerpt.ts';
import { toSendOutcome } from '../../src/provider/provider-response.ts';

afterEach(() => vi.unstubAllEnvs());

const answeredAt = Date.parse('2026-11-21T09:00:00.000Z');
const hour = 60 * 60 * 1000;

function outcome(status: number, body: string | null = '', retryAfter?: string) {
  return toSendOutcome({ status, body, retryAfter, answeredAt });
}

describe('200', () => {
  it.each([
    '{"code":0,"message":"OK"}',
    '{"message":"OK","code":0}',
    ' {"code": 0} ',
    '{"code":0.0}',
    '{"code":0,"message":null,"more":[1]}',
  ])('with %s is an acceptance', (body) => {
    expect(outcome(200, body)).toEqual({ kind: 'accepted' });
  });

  it.each([
    '',
    '{"code":0',
    '{"code":1}',
    '{"code":"0"}',
    '{"code":null}',
    '{"code":false}',
    '{"code":[0]}',
    '{}',
    '[0]',
    '0',
    'null',
    '"{\\"code\\":0}"',
    '<html></html>',
    'OK',
    '\uFEFF{"code":0}',
    null,
  ])('with %s is ambiguous', (body) => {
    expect(outcome(200, body)).toMatchObject({ kind: 'ambiguous', code: 'BAD_RESPONSE', httpStatus: 200 });
  });

  it('with any JSON is an acceptance exactly when that is an object whose code is the number 0', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.record({ code: fc.jsonValue() }).map((value) => JSON.stringify(value)),
        ),
        (body) => {
          const value: unknown = JSON.parse(body);
          const agreed = typeof value === 'object' && value !== null && 'code' in value && value.code === 0;
          expect(outcome(200, body).kind).toBe(agreed ? 'accepted' : 'ambiguous');
        },
      ),
    );
  });
});

describe('the status decides everything else, whatever the body', () => {
  it.each([
    ...[400].map((status) => [status, 'refused', 'REJECTED'] as const),
    ...[402, 404, 405, 406, 407, 409, 410, 411, 412, 413, 414, 415, 418, 422, 426, 428, 431, 451, 499].map(
      (status) => [status, 'refused', `HTTP_${status}`] as const,
    ),
    ...[401, 403].map((status) => [status, 'token-refused', `HTTP_${status}`] as const),
    ...[408, 425, 429, 500, 501, 502, 503, 504, 520, 599].map((status) => [status, 'retry', `HTTP_${status}`] as const),
    ...[300, 301, 302, 303, 304, 307, 308, 399].map((status) => [status, 'ambiguous', 'REDIRECT'] as const),
    ...[201, 202, 204, 206, 299, 600, 999].map((status) => [status, 'ambiguous', 'BAD_RESPONSE'] as const),
  ])('%i is %s with %s', (status, kind, code) => {
    for (const body of ['', '{"code":0,"message":"OK"}', 'text', null]) {
      expect(outcome(status, body)).toMatchObject({ kind, code, httpStatus: status });
    }
  });
});

describe('Retry-After', () => {
  it.each([
    ['7', 7000],
    [' 7 ', 7000],
    ['007', 7000],
    ['0', 1000],
    ['3600', hour],
    ['3601', hour],
    ['99999999999999999999999999', hour],
    ['9'.repeat(400), hour],
    ['Sat, 21 Nov 2026 09:00:30 GMT', 30_000],
    ['Saturday, 21-Nov-26 09:00:30 GMT', 30_000],
    ['Sat Nov 21 09:00:30 2026', 30_000],
    ['Sun, 22 Nov 2026 09:00:00 GMT', hour],
  ])('%s throttles', (retryAfter, retryAfterMs) => {
    expect(outcome(429, '', retryAfter)).toMatchObject({ kind: 'throttled', code: 'HTTP_429', retryAfterMs });
    expect(outcome(503, '', retryAfter)).toMatchObject({ kind: 'throttled', code: 'HTTP_503', retryAfterMs });
  });

  it.each([
    undefined,
    '',
    ' ',
    '-1',
    '+5',
    '1.5',
    '1e3',
    '0x10',
    '٣',
    'soon',
    'soon 7',
    'NaN',
    'Infinity',
    '2026/11/21',
    '2026-11-21T09:00:30Z',
    'Sat, 21 Nov 2026 08:59:59 GMT',
    'Sat, 21 Nov 2026 09:00:00 GMT',
    'Sat, 21 Nov 2026 09:00:30 +0300',
    'Sat, 21 Nov 2026 29:00:30 GMT',
    'Sat, 21 Xyz 2026 09:00:30 GMT',
    '7, 9',
  ])('%s is as if there were none', (retryAfter) => {
    expect(outcome(429, '', retryAfter)).toMatchObject({ kind: 'retry', code: 'HTTP_429' });
    expect(outcome(503, '', retryAfter)).toMatchObject({ kind: 'retry', code: 'HTTP_503' });
  });

  it('throttles for 1 second to 1 hour or not at all, whatever the header says', () => {
    const header = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.bigInt().map(String),
      fc
        .date({ noInvalidDate: true, min: new Date(answeredAt - 10 * hour), max: new Date(answeredAt + 10 * hour) })
        .map((date) => date.toUTCString()),
    );
    fc.assert(
      fc.property(header, fc.constantFrom(429, 503), (retryAfter, status) => {
        const read = outcome(status, '', retryAfter);
        const waitMs = read.kind === 'throttled' ? read.retryAfterMs : 1000;
        expect(['throttled', 'retry']).toContain(read.kind);
        expect(waitMs).toBeGreaterThanOrEqual(1000);
        expect(waitMs).toBeLessThanOrEqual(hour);
      }),
    );
  });

  it('waits as long in seconds as in the date that many seconds ahead', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3600 }), (seconds) => {
        const date = new Date(answeredAt + seconds * 1000).toUTCString();
        expect(outcome(429, '', date)).toMatchObject({ retryAfterMs: seconds * 1000 });
        expect(outcome(429, '', String(seconds))).toMatchObject({ retryAfterMs: seconds * 1000 });
      }),
    );
  });

  it('is a date that says nothing when the provider does not say what time it has', () => {
    const asked = { status: 429, body: '', retryAfter: 'Sat, 21 Nov 2026 09:00:30 GMT' };
    expect(toSendOutcome({ ...asked, answeredAt })).toMatchObject({ kind: 'throttled', retryAfterMs: 30_000 });
    expect(toSendOutcome({ ...asked, answeredAt: Number.NaN })).toMatchObject({ kind: 'retry' });
  });

  it('is read as a date in GMT wherever the process runs', () => {
    vi.stubEnv('TZ', 'Asia/Tokyo');
    expect(new Date(0).getHours()).toBe(9);
    expect(outcome(429, '', 'Sat Nov 21 09:00:30 2026')).toMatchObject({ retryAfterMs: 30_000 });
  });

  it('means nothing beside another status', () => {
    for (const status of [400, 401, 408, 425, 500]) expect(outcome(status, '', '7').kind).not.toBe('throttled');
  });
});

describe('the message for operators', () => {
  it('quotes what the provider said', () => {
    expect(outcome(400, '{"error":"text too long"}')).toMatchObject({
      message: 'The provider refused the message with 400: {"error":"text too long"}',
    });
  });

  it('says so when nothing or too much was said', () => {
    expect(outcome(500, '')).toMatchObject({ message: 'The provider answered 500 (empty answer)' });
    expect(outcome(500, null)).toMatchObject({ message: 'The provider answered 500 (the answer was cut off or too large)' });
  });

  it.each(['79161234567', '+7 (916) 123-45-67', '7.916.123.45.67', '7 - 916 - 1234567', '٧٩١٦١٢٣٤٥٦٧', '[7,9,1,6,1,2,3]'])(
    'does not quote the phone %s',
    (phone) => {
      const excerpt = toExcerpt(`no such number: ${phone}!`);
      expect(excerpt).toContain('no such number: ');
      expect(excerpt).toContain('[number]');
      expect(excerpt).not.toMatch(/\p{Nd}/u);
    },
  );

  it('does not quote tokens, and nothing at all of a refused token', () => {
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmMifQ.c2lnbmF0dXJl';
    expect(JSON.stringify(outcome(400, `Bearer ${token} may not`))).not.toContain(token.slice(0, 10));
    expect(JSON.stringify(outcome(401, 'bad token s3cret'))).not.toContain('s3cret');
  });

  it('is cut between characters', () => {
    expect(toExcerpt(`${'x '.repeat(79)}🎉🎉`)).toBe(`${'x '.repeat(79)}…`);
  });

  it('leaves short numbers alone', () => {
    expect(toExcerpt('error 42 in line 100')).toBe('error 42 in line 100');
  });

  it('is one printable line of at most 300 characters without a phone, for any answer', () => {
    const noise = fc.array(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('79161234567', '\0', '\n', '\uD83D', '🎉', '\u202E', ' ', '7')),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(noise, fc.constantFrom(200, 204, 400, 401, 404, 429, 500, 503), (parts, status) => {
        const read = outcome(status, parts.join(''), '5');
        const message = 'message' in read ? read.message : '';
        expect(message.length).toBeLessThanOrEqual(300);
        expect(message.isWellFormed()).toBe(true);
        expect(message).not.toMatch(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u);
        expect(message).not.toContain('79161234567');
      }),
    );
  });
});

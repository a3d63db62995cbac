import { describe, expect, it } from 'vitest';
import { toFaultOutcome, toTimeoutOutcome } from '../../src/provider/network-fault.ts';

function errorWith(code: string, message = `failed: ${code}`): Error {
  return Object.assign(new Error(message), { code });
}

describe('a fault before the request was written', () => {
  it.each([
    ['ENOTFOUND', 'DNS'],
    ['EAI_AGAIN', 'DNS'],
    ['EAI_FAIL', 'DNS'],
    ['ECONNREFUSED', 'CONNECTION'],
    ['ECONNRESET', 'CONNECTION'],
    ['EHOSTUNREACH', 'CONNECTION'],
    ['UND_ERR_SOCKET', 'CONNECTION'],
    ['EMFILE', 'CONNECTION'],
    ['ETIMEDOUT', 'TIMEOUT'],
    ['UND_ERR_CONNECT_TIMEOUT', 'TIMEOUT'],
    ['CERT_HAS_EXPIRED', 'TLS'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'TLS'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'TLS'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TLS'],
    ['EPROTO', 'TLS'],
  ])('%s is to be retried, as %s', (errorCode, code) => {
    expect(toFaultOutcome(errorWith(errorCode), false)).toMatchObject({ kind: 'retry', code });
  });
});

describe('a fault after the request was written', () => {
  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ETIMEDOUT', 'ENOTFOUND', 'ERR_SSL_DECRYPTION_FAILED'])(
    '%s is ambiguous',
    (errorCode) => {
      expect(toFaultOutcome(errorWith(errorCode), true)).toMatchObject({ kind: 'ambiguous', code: 'CONNECTION' });
    },
  );

  it.each(['HTTPParserError', 'ResponseContentLengthMismatchError', 'HeadersOverflowError'])('%s is a bad response', (name) => {
    expect(toFaultOutcome(Object.assign(new Error('x'), { name }), true)).toMatchObject({ kind: 'ambiguous', code: 'BAD_RESPONSE' });
  });
});

it('a timeout is ambiguous once the request was written, else to be retried', () => {
  expect(toTimeoutOutcome(500, true)).toEqual({ kind: 'ambiguous', code: 'TIMEOUT', message: 'No whole answer within 500 ms' });
  expect(toTimeoutOutcome(500, false)).toMatchObject({ kind: 'retry', code: 'TIMEOUT' });
});

it('the message names the code when the error has no words, and is cut at 300 characters', () => {
  const everyAddressFailed = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' });
  expect(toFaultOutcome(everyAddressFailed, false)).toMatchObject({ message: 'No connection to the provider: ECONNREFUSED' });
  const outcome = toFaultOutcome(errorWith('X', 'x'.repeat(1000)), true);
  expect('message' in outcome && outcome.message.length).toBe(300);
});

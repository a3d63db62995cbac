// Reads what went wrong when no whole answer came: which outcome it means. Pure.
// What matters is whether the request had been handed to the socket: before that the provider cannot have seen it.
import type { SendOutcome } from '../domain/send-outcome.ts';

const longestMessage = 300;

// Names that could not be resolved: getaddrinfo (EAI_*, ENOTFOUND) and c-ares.
const dnsCodes = /^(EAI_|ENOTFOUND$|ENODATA$|ESERVFAIL$|EREFUSED$|EBADNAME$)/;
// OpenSSL's, Node's own and the X.509 verification codes (node:tls, "X509 certificate error codes").
const tlsCodes =
  /^(ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERROR_IN_C|INVALID_CA$|INVALID_PURPOSE$|HOSTNAME_MISMATCH$|PATH_LENGTH_EXCEEDED$)/;
const timeoutCodes = /^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/;
// The peer spoke, but not HTTP/1.1. By name, as undici's HTTPParserError comes without its code.
const malformedNames: readonly string[] = ['HTTPParserError', 'ResponseContentLengthMismatchError', 'HeadersOverflowError'];

/** The outcome of a request that ended in an error instead of an answer. */
export function toFaultOutcome(error: Error, written: boolean): SendOutcome {
  const errorCode = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // An AggregateError (every address of the host failed) has a code, but no message.
  const reason = error.message === '' ? errorCode : error.message;
  if (written) {
    return malformedNames.includes(error.name)
      ? { kind: 'ambiguous', code: 'BAD_RESPONSE', message: shorten(`The answer is not HTTP/1.1: ${reason}`) }
      : { kind: 'ambiguous', code: 'CONNECTION', message: shorten(`The connection broke before the answer: ${reason}`) };
  }
  return { kind: 'retry', code: codeBeforeWriting(errorCode), message: shorten(`No connection to the provider: ${reason}`) };
}

/** The outcome of a request whose time was up. */
export function toTimeoutOutcome(timeoutMs: number, written: boolean): SendOutcome {
  return written
    ? { kind: 'ambiguous', code: 'TIMEOUT', message: `No whole answer within ${timeoutMs} ms` }
    : { kind: 'retry', code: 'TIMEOUT', message: `No connection to the provider within ${timeoutMs} ms` };
}

function codeBeforeWriting(errorCode: string): string {
  if (dnsCodes.test(errorCode)) return 'DNS';
  if (tlsCodes.test(errorCode)) return 'TLS';
  return timeoutCodes.test(errorCode) ? 'TIMEOUT' : 'CONNECTION';
}

function shorten(message: string): string {
  return message.slice(0, longestMessage);
}

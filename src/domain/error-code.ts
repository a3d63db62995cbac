// What the code of an attempt that was not an acceptance means, in words for whoever runs mailings: the one table of codes.

export interface ErrorMeaning {
  readonly explanation: string;
  /** Sending the same message again can end better. false: it will be refused again as long as phone and text are what they are. */
  readonly retryHelps: boolean;
}

const meanings: ReadonlyMap<string, ErrorMeaning> = new Map([
  [
    'TIMEOUT',
    {
      explanation:
        'The provider did not answer in time (PROVIDER_TIMEOUT_MS). It may have taken the message; every attempt carries the same id.',
      retryHelps: true,
    },
  ],
  [
    'CONNECTION',
    {
      explanation:
        'No connection to the provider came about, or it broke before the answer. In the second case the provider may have taken the message.',
      retryHelps: true,
    },
  ],
  [
    'DNS',
    { explanation: "The name of the provider's host could not be resolved: look at PROVIDER_URL and at the network.", retryHelps: true },
  ],
  [
    'TLS',
    {
      explanation:
        "No trusted connection to the provider came about: look at its certificate and at this machine's clock and certificates.",
      retryHelps: true,
    },
  ],
  [
    'BAD_RESPONSE',
    { explanation: 'The provider answered something that its contract does not know. It may have taken the message.', retryHelps: true },
  ],
  ['REDIRECT', { explanation: 'The provider answered with a redirect, which is never followed: look at PROVIDER_URL.', retryHelps: true }],
  [
    'REJECTED',
    {
      explanation:
        'The provider refused the message as invalid (400): the phone or the text. Sent again as it is, it will be refused again.',
      retryHelps: false,
    },
  ],
  [
    'PROCESS_CRASHED',
    {
      explanation: 'Each time the message was sent the sending process ended, so it was set aside. The log of the worker has the cause.',
      retryHelps: true,
    },
  ],
  ['SENDER_FAULT', { explanation: 'Carillon itself failed while it sent the message; the log of the worker says how.', retryHelps: true }],
  ['HTTP_401', { explanation: 'The provider refused the token: look at PROVIDER_TOKEN.', retryHelps: true }],
  ['HTTP_402', { explanation: "The provider wants to be paid first: look at the account's balance.", retryHelps: true }],
  ['HTTP_403', { explanation: 'The provider refused the token: look at PROVIDER_TOKEN.', retryHelps: true }],
  ['HTTP_404', { explanation: 'The provider knows no such address: look at PROVIDER_URL.', retryHelps: true }],
  ['HTTP_405', { explanation: 'The provider takes no POST at this address: look at PROVIDER_URL.', retryHelps: true }],
  ['HTTP_408', { explanation: 'The provider waited too long for the request.', retryHelps: true }],
  [
    'HTTP_409',
    { explanation: 'The provider says that the message contradicts one that it has, for example under the same id.', retryHelps: false },
  ],
  ['HTTP_410', { explanation: 'The address at the provider is gone: look at PROVIDER_URL.', retryHelps: true }],
  ['HTTP_413', { explanation: 'The message is too long for the provider: shorten the text.', retryHelps: false }],
  ['HTTP_425', { explanation: 'The provider was not ready for the request yet.', retryHelps: true }],
  ['HTTP_429', { explanation: 'The provider was asked too often: set PROVIDER_RATE_PER_SECOND.', retryHelps: true }],
  ['HTTP_500', { explanation: 'The provider failed by itself.', retryHelps: true }],
  ['HTTP_502', { explanation: "The provider's own gateway had no good answer.", retryHelps: true }],
  ['HTTP_503', { explanation: 'The provider is overloaded or being maintained.', retryHelps: true }],
  ['HTTP_504', { explanation: "The provider's own gateway waited too long.", retryHelps: true }],
]);

/** Every code has a meaning: an HTTP status without words of its own that of its kind, any other that of an unknown one. */
export function meaningOf(code: string): ErrorMeaning {
  return meanings.get(code) ?? meaningOfStatus(code) ?? unknown;
}

const unknown: ErrorMeaning = {
  explanation: 'No explanation is known for this code: the words of the attempt say more.',
  retryHelps: true,
};

function meaningOfStatus(code: string): ErrorMeaning | null {
  const kind = /^HTTP_([45])\d\d$/.exec(code)?.[1];
  if (kind === '5') return { explanation: 'The provider failed by itself.', retryHelps: true };
  if (kind === '4') {
    return { explanation: 'The provider refused the message for good; its words in the attempt say why.', retryHelps: false };
  }
  return null;
}

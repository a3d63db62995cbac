import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { meaningOf } from '../../src/domain/error-code.ts';
import { toSendOutcome } from '../../src/provider/provider-response.ts';

const unknown = meaningOf('SOMETHING_NEW');

/** Every code in capitals that the sending side writes as a word. */
function codesInSources(): string[] {
  const files = ['src/provider/', 'src/operations/'].flatMap((folder) =>
    readdirSync(folder).flatMap((name) =>
      /network-fault|provider-response|settled-outcome|send-messages/.test(name) ? [folder + name] : [],
    ),
  );
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  return [
    ...new Set(
      texts.flatMap((text) => [...text.matchAll(/(?:code: |\? |: |return )'([A-Z]+(?:_[A-Z]+)*)'/g)].map(([, code = '']) => code)),
    ),
  ];
}

describe('every code', () => {
  test('that a message can end on has an explanation of its own', () => {
    const codes = codesInSources();
    expect(codes).toEqual(expect.arrayContaining(['TIMEOUT', 'CONNECTION', 'DNS', 'TLS', 'REJECTED', 'PROCESS_CRASHED', 'SENDER_FAULT']));
    expect(codes.filter((code) => meaningOf(code) === unknown)).toEqual([]);
  });

  test('of an HTTP status has one, too, and is worth a retry unless the provider refused this very message', () => {
    for (let status = 300; status <= 599; status += 1) {
      const outcome = toSendOutcome({ status, body: '', retryAfter: undefined, answeredAt: Number.NaN });
      if (outcome.kind === 'accepted') throw new Error('accepted');
      const meaning = meaningOf(outcome.code);
      expect([outcome.code, meaning === unknown]).toEqual([outcome.code, false]);
      if (outcome.kind !== 'refused') expect([outcome.code, meaning.retryHelps]).toEqual([outcome.code, true]);
    }
    expect(['REJECTED', 'HTTP_409', 'HTTP_413', 'HTTP_422'].filter((code) => meaningOf(code).retryHelps)).toEqual([]);
    expect(['HTTP_402', 'HTTP_404', 'HTTP_410'].filter((code) => !meaningOf(code).retryHelps)).toEqual([]);
  });

  test.each(['', 'HTTP_', 'HTTP_700', 'toString', 'TIMEOUT '])('that nobody knows (%j) says so', (code) => {
    expect(meaningOf(code)).toBe(unknown);
  });
});

// The header traceparent as W3C Trace Context has it.
import { expect, test } from 'vitest';
import { toSpanContext, toTraceparent } from '../../src/tracing/traceparent.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

test.each(['00', '01', 'ff'])('is read and written the same, sampled or not: flags %s', (flags) => {
  const context = toSpanContext(`00-${traceId}-${spanId}-${flags}`);
  // Flags of versions to come are not handed on.
  const traceFlags = flags === '00' ? 0 : 1;
  expect(context).toEqual({ traceId, spanId, traceFlags, isRemote: true });
  expect(context && toTraceparent(context)).toBe(`00-${traceId}-${spanId}-0${traceFlags}`);
});

test('of a later version is read as far as it is known', () => {
  expect(toSpanContext(`cc-${traceId}-${spanId}-01-what-comes-then`)).toMatchObject({ traceId, spanId });
});

test.each([
  '',
  'nonsense',
  `00-${traceId}-${spanId}`,
  `00-${traceId}-${spanId}-01-more`,
  `ff-${traceId}-${spanId}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId}${'0'.repeat(1_000)}-${spanId}-01`,
])('%j is none', (text) => {
  expect(toSpanContext(text)).toBeNull();
});

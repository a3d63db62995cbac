import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTokenSource } from '../../src/provider/token-source.ts';

describe('a fixed token', () => {
  it('is trimmed and never changes', () => {
    const source = makeTokenSource({ token: ' abc\n' });
    expect(source.current()).toBe('abc');
    expect(source.generation()).toBe(0);
  });

  it.each([undefined, '', ' '])('%j means that requests go out without one', (token) => {
    expect(makeTokenSource({ token }).current()).toBeUndefined();
  });

  it.each(['a b', 'a\nb', 'ключ'])('%j cannot stand in a header', (token) => {
    expect(() => makeTokenSource({ token })).toThrow(expect.objectContaining({ code: 'PROVIDER_TOKEN_INVALID' }));
  });
});

describe('a token file', () => {
  let folder: string;
  let file: string;
  let nowMs: number;
  let faults: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'token-'));
    file = join(folder, 'token');
    nowMs = 5000;
    faults = [];
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function open() {
    return makeTokenSource({ file, token: 'unused', now: () => nowMs, onFault: (message) => faults.push(message) });
  }

  it('is trimmed', () => {
    writeFileSync(file, '  first\r\n');
    expect(open().current()).toBe('first');
  });

  it('is looked at again after a second, and the generation grows with each change', () => {
    writeFileSync(file, 'first');
    const source = open();
    const generation = source.generation();
    writeFileSync(file, 'second');
    nowMs += 999;
    expect([source.current(), source.generation()]).toEqual(['first', generation]);
    nowMs += 1;
    // Asked first, as a closed gate does.
    expect(source.generation()).toBe(generation + 1);
    expect(source.current()).toBe('second');
    nowMs += 1000;
    expect(source.generation()).toBe(generation + 1);
  });

  it.each([
    ['deleted', () => rmSync(file)],
    ['emptied', () => writeFileSync(file, ' \n')],
    ['filled with several words', () => writeFileSync(file, 'two words')],
  ])('when it is %s, the last token stays in use and the fault is told once', (_what, harm) => {
    writeFileSync(file, 'first');
    const source = open();
    const generation = source.generation();
    harm();
    for (let look = 0; look < 3; look += 1) {
      nowMs += 1000;
      expect([source.current(), source.generation()]).toEqual(['first', generation]);
    }
    expect(faults.length).toBe(1);
    expect(faults[0]).toContain(file);
    expect(faults[0]).not.toContain('two words');
    writeFileSync(file, 'second');
    nowMs += 1000;
    expect([source.current(), source.generation()]).toEqual(['second', generation + 1]);
  });

  it('may be missing at first', () => {
    const source = open();
    expect([source.current(), source.generation()]).toEqual([undefined, 0]);
    writeFileSync(file, 'late');
    nowMs += 1000;
    expect([source.current(), source.generation()]).toEqual(['late', 1]);
  });
});

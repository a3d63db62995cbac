// The demo's flags.
import { describe, expect, test } from 'vitest';
import { readDemoCommand } from '../../scripts/demo/options.ts';

describe('the demo without flags', () => {
  test('takes the address that `npm start` prints, 10,000 clients and no cap', () => {
    expect(readDemoCommand([])).toEqual({ options: { url: 'http://127.0.0.1:4000', clients: 10_000, ratePerSecond: null, token: null } });
  });
});

describe('the demo with flags', () => {
  test('takes them', () => {
    expect(readDemoCommand(['--url', 'https://carillon.example:8443', '--clients=25', '--rate', '7'])).toEqual({
      options: { url: 'https://carillon.example:8443', clients: 25, ratePerSecond: 7, token: null },
    });
  });

  test('takes the token from the flag, else from the variable CARILLON_TOKEN', () => {
    expect(readDemoCommand(['--token', 'a.b.c'], 'd.e.f')).toMatchObject({ options: { token: 'a.b.c' } });
    expect(readDemoCommand([], 'd.e.f\n')).toMatchObject({ options: { token: 'd.e.f' } });
    expect(readDemoCommand([], '')).toMatchObject({ options: { token: null } });
  });

  test.each(['http://127.0.0.1:4000', 'http://127.0.0.1:4000/', 'http://127.0.0.1:4000/graphql', 'http://127.0.0.1:4000/graphql/'])(
    'takes %s as the same service',
    (url) => {
      expect(readDemoCommand(['--url', url])).toMatchObject({ options: { url: 'http://127.0.0.1:4000' } });
    },
  );

  test('keeps the path below which a proxy serves the service', () => {
    expect(readDemoCommand(['--url', 'https://example.org/carillon/graphql'])).toMatchObject({
      options: { url: 'https://example.org/carillon' },
    });
  });

  test.each(['--help', '-h'])('%s explains every flag, whatever else is said', (flag) => {
    const command = readDemoCommand([flag, '--clients', 'many']);
    expect(command).toMatchObject({ help: expect.stringMatching(/--url[^]*--clients[^]*--rate[^]*--help/) });
  });
});

describe('wrong flags', () => {
  test('are all reported at once', () => {
    expect(readDemoCommand(['--url', '127.0.0.1:4000', '--clients', '0', '--rate', '1.5'])).toEqual({
      faults: [
        expect.stringContaining('--url must look like http://127.0.0.1:4000'),
        expect.stringContaining('--clients must be a whole number from 1 to 10000000, not "0"'),
        expect.stringContaining('--rate must be a whole number from 1 to 1000000, not "1.5"'),
      ],
    });
  });

  test.each([['ftp://127.0.0.1'], [''], ['localhost']])('refuse the address %j', (url) => {
    expect(readDemoCommand(['--url', url])).toHaveProperty('faults');
  });

  test.each([['10000001'], ['-1'], ['1e3'], ['ten'], ['']])('refuse %j clients', (clients) => {
    expect(readDemoCommand([`--clients=${clients}`])).toHaveProperty('faults');
  });

  test('name the flag that is not known', () => {
    expect(readDemoCommand(['--client', '5'])).toMatchObject({ faults: [expect.stringContaining('--client')] });
  });
});

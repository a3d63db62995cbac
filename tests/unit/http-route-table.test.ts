// Paths and the routes that answer them.
import { describe, expect, test } from 'vitest';
import type { Route } from '../../src/http/exchange.ts';
import { makeFindRoute } from '../../src/http/route-table.ts';

const route = (path: string): Route => ({ path, methods: ['GET'], handle: () => {} });
const findRoute = makeFindRoute(['/', '/mailings/{id}/messages.csv', '/mailings/new/messages.csv', '/a.b', '/{one}/{two}'].map(route));
const find = (path: string) => {
  const found = findRoute(path);
  return found === null ? null : [found.route.path, found.parameters];
};

describe('a path', () => {
  test('is answered by the route that names it exactly, before any with a name in it', () => {
    expect(find('/')).toEqual(['/', {}]);
    expect(find('/mailings/new/messages.csv')).toEqual(['/mailings/new/messages.csv', {}]);
  });

  test('gives the route what stands in the place of its names', () => {
    expect(find('/mailings/7/messages.csv')).toEqual(['/mailings/{id}/messages.csv', { id: '7' }]);
    expect(find('/mailings/%2e%2e/messages.csv')).toEqual(['/mailings/{id}/messages.csv', { id: '%2e%2e' }]);
    expect(find('/x/y')).toEqual(['/{one}/{two}', { one: 'x', two: 'y' }]);
  });

  test('with another number of segments, an empty one, or other characters than the route has is not answered', () => {
    for (const path of [
      '',
      '/mailings//messages.csv',
      '/mailings/7/8/messages.csv',
      '/mailings/7/messages-csv',
      '/mailings/7/messages.csv/',
      '/aXb',
    ]) {
      expect([path, find(path)]).toEqual([path, null]);
    }
  });
});

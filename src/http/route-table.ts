// Which route answers a path: exact paths by one lookup, those with {names} one after the other.
import type { Exchange, Route } from './exchange.ts';

interface FoundRoute {
  readonly route: Route;
  readonly parameters: Exchange['parameters'];
}

export type FindRoute = (path: string) => FoundRoute | null;

export function makeFindRoute(routes: readonly Route[]): FindRoute {
  const exact = new Map(routes.map((route) => [route.path, { route, parameters: {} }]));
  const patterns = routes.filter(({ path }) => path.includes('{')).map((route) => ({ route, pattern: toPattern(route.path) }));

  return (path) => {
    const found = exact.get(path);
    if (found !== undefined) return found;
    for (const { route, pattern } of patterns) {
      const match = pattern.exec(path);
      if (match !== null) return { route, parameters: { ...match.groups } };
    }
    return null;
  };
}

/** '/mailings/{id}/messages.csv' as an expression with the group `id`. */
function toPattern(path: string): RegExp {
  const parts = path.split(/\{(\w+)\}/);
  return new RegExp(`^${parts.map((part, index) => (index % 2 === 0 ? RegExp.escape(part) : `(?<${part}>[^/]+)`)).join('')}$`);
}

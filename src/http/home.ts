// The root of the port: shows people the way to the playground.
import type { Route } from './exchange.ts';

export const homeRoute: Route = {
  path: '/',
  methods: ['GET'],
  handle: ({ response }) => {
    response.writeHead(302, { location: '/graphql', 'content-length': 0 }).end();
  },
};

// Apollo Server with the resolvers that its documentation shows: one query for the list, one for each entry's counts.
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import pg from 'pg';
import { say } from './lines.mjs';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const typeDefs = /* GraphQL */ `
  type Query {
    mailings(first: Int!): [Mailing!]!
  }
  type Mailing {
    id: ID!
    text: String!
    status: String!
    startsAt: String!
    endsAt: String!
    statistics: Statistics!
  }
  type Statistics {
    total: Float!
    pending: Float!
    sent: Float!
    failed: Float!
    expired: Float!
    cancelled: Float!
    unconfirmed: Float!
  }
`;
const resolvers = {
  Query: {
    mailings: async (_, { first }) =>
      (
        await pool.query(
          `select id, text, status, starts_at as "startsAt", ends_at as "endsAt" from mailing where deleted_at is null order by created_at desc, id desc limit $1`,
          [first],
        )
      ).rows,
  },
  Mailing: {
    startsAt: ({ startsAt }) => startsAt.toISOString(),
    endsAt: ({ endsAt }) => endsAt.toISOString(),
    statistics: async ({ id }) =>
      (
        await pool.query(
          'select total, pending, sent, failed, expired, cancelled, unconfirmed from mailing_statistics where mailing_id = $1',
          [id],
        )
      ).rows[0],
  },
};
const { url } = await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), { listen: { port: 0, host: '127.0.0.1' } });
say({ port: Number(new URL(url).port) });

// The demo's GraphQL, each operation with the data it answers. A test holds them against schema.graphql.
import type { Progress } from './progress.ts';

export interface Directory {
  readonly statistics: { readonly clients: number };
}

export const readDirectory = `
  query DemoDirectory {
    statistics {
      clients
    }
  }
`;

export interface Imported {
  readonly importClients: { readonly created: number; readonly updated: number; readonly failed: number };
}

export const importClients = `
  mutation DemoImport($clients: [CreateClientInput!]!) {
    importClients(clients: $clients, onConflict: UPDATE) {
      created
      updated
      failed
    }
  }
`;

export interface CreatedMailing {
  readonly createMailing: {
    readonly mailing: { readonly id: string } | null;
    readonly userErrors: readonly { readonly message: string }[];
  };
}

export const createMailing = `
  mutation DemoMailing($input: CreateMailingInput!, $tag: String!) {
    createMailing(input: $input, idempotencyKey: $tag) {
      mailing {
        id
      }
      userErrors {
        message
      }
    }
  }
`;

export interface WatchedMailing {
  readonly mailingStatistics: Progress;
}

export const watchMailing = `
  subscription DemoProgress($id: ID!) {
    mailingStatistics(mailingId: $id) {
      mailingStatus
      total
      pending
      sent
      failed
      expired
      cancelled
      unconfirmed
    }
  }
`;

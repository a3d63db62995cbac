import type { ReactNode } from 'react';

export function ImportClients(): ReactNode {
  return <h1>ImportClients</h1>;
}

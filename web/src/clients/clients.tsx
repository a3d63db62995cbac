import type { ReactNode } from 'react';

export function Clients(): ReactNode {
  return <h1>Clients</h1>;
}

import type { ReactNode } from 'react';

export function Mailings(): ReactNode {
  return <h1>Mailings</h1>;
}

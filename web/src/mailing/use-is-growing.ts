// Whether a number has grown a moment ago: recipients are still being selected while their number grows.
import { useEffect, useRef, useState } from 'react';

const MOMENT_MS = 3_000;

export function useIsGrowing(value: number): boolean {
  const before = useRef(value);
  const [growing, setGrowing] = useState(false);
  useEffect(() => {
    const grew = value > before.current;
    before.current = value;
    setGrowing(grew);
    const timer = setTimeout(() => setGrowing(false), MOMENT_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return growing;
}

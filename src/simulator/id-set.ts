// A set of 64-bit ids in little memory: a bitmap in pages, as ids that come from one sequence lie close together
// (a million of them take about 200 KiB; ids far apart cost a page each, about as much as in a Set).

const pageBits = 1024;
const pageShift = BigInt(Math.log2(pageBits));

export interface IdSet {
  /** Whether the id was new. */
  add(id: string): boolean;
  size(): number;
}

export function makeIdSet(): IdSet {
  const pages = new Map<bigint, Uint8Array>();
  let size = 0;
  return {
    add(id) {
      const value = BigInt(id);
      const pageNumber = value >> pageShift;
      let page = pages.get(pageNumber);
      if (page === undefined) {
        page = new Uint8Array(pageBits / 8);
        pages.set(pageNumber, page);
      }
      const position = Number(value & BigInt(pageBits - 1));
      const byte = page[position >> 3] ?? 0;
      const mask = 1 << (position & 7);
      if ((byte & mask) !== 0) return false;
      page[position >> 3] = byte | mask;
      size += 1;
      return true;
    },
    size: () => size,
  };
}

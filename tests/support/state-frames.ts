// Reads the frames of the tiny schema's subscription `state`.
import type { Frame, RawWebSocket } from './raw-web-socket.ts';

export const nextFrames = ({ frames }: RawWebSocket, id: string) => frames().filter((frame) => frame.type === 'next' && frame.id === id);

/** Versions that the operation has received, in order. */
export const versionsOf = (raw: RawWebSocket, id: string) =>
  nextFrames(raw, id).map(({ payload }) => (payload as { data: { state: { version: number } } }).data.state.version);

/** Is it the operation's result with this version? */
export const hasVersion = (id: string, version: number) => (frame: Frame) =>
  frame.id === id && frame.type === 'next' && JSON.stringify(frame.payload).includes(`"version":${version}`);

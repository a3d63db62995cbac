// What windows of the console tell each other: somebody has signed in for another one, or has signed out of all.
import type { Tokens } from './tokens.ts';

type News = { readonly kind: 'signed-in'; readonly waiting: string; readonly tokens: Tokens } | { readonly kind: 'signed-out' };

export interface WindowNews {
  tell(news: News): void;
}

/** Only pages of this very origin hear it. */
export function listenToWindows(onNews: (news: News) => void): WindowNews {
  const channel = new BroadcastChannel('carillon.session');
  channel.addEventListener('message', ({ data }: MessageEvent<News>) => onNews(data));
  return { tell: (news) => channel.postMessage(news) };
}

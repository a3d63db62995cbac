// Spans by OpenTelemetry, sent to a collector over OTLP/HTTP. Imported only where tracing is on: the SDK costs memory and start-up time.
// OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS and their like are read by the SDK itself.
import { setTimeout as delay } from 'node:timers/promises';
import { diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context, Span as OtelSpan } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Span, Tracer } from '../domain/tracing.ts';
import type { Log } from '../log.ts';
import { toSpanContext, toTraceparent } from './traceparent.ts';

export interface TracingOptions {
  /** The collector's base URL; /v1/traces is added. */
  readonly endpoint: string;
  readonly role: string;
  readonly version: string;
  readonly log: Log;
}

export interface Tracing extends AsyncDisposable {
  readonly tracer: Tracer;
}

/** What a collector that does not answer may cost: spans beyond are dropped, and none of ours waits for it. */
const MOST_WAITING = 16_384;
const MOST_PER_REQUEST = 2_048;
const EVERY_MS = 1_000;
const REQUEST_TIMEOUT_MS = 5_000;
/** At the end, for what was not sent yet: the process has promised to be gone within 15 s, drain included. */
const FLUSH_MS = 1_500;

/** Disposing sends what is left, for a moment at most. */
export function startTracing({ endpoint, role, version, log }: TracingOptions): Tracing {
  diag.setLogger(toDiagLogger(log), { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = tellOnce(new OTLPTraceExporter({ url, timeoutMillis: REQUEST_TIMEOUT_MS }), log);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'carillon',
      'service.version': version,
      'service.instance.id': `${role}-${process.pid}`,
      'carillon.role': role,
    }),
    spanProcessors: [
      new BatchSpanProcessor(exporter, {
        maxQueueSize: MOST_WAITING,
        maxExportBatchSize: MOST_PER_REQUEST,
        scheduledDelayMillis: EVERY_MS,
        exportTimeoutMillis: REQUEST_TIMEOUT_MS,
      }),
    ],
  });
  return {
    tracer: makeTracer(provider.getTracer('carillon', version)),
    [Symbol.asyncDispose]: async () => {
      const over = new AbortController();
      const flushed = provider.shutdown().catch((error: unknown) => log.debug({ err: error }, 'the last spans could not be sent'));
      await Promise.race([flushed, delay(FLUSH_MS, undefined, { signal: over.signal }).catch(() => undefined)]);
      over.abort();
      diag.disable();
    },
  };
}

function makeTracer(otel: ReturnType<BasicTracerProvider['getTracer']>): Tracer {
  const kinds = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL } as const;

  const toSpan = (span: OtelSpan): Span => {
    let context: Context | null = null;
    return {
      get traceparent() {
        return toTraceparent(span.spanContext());
      },
      child: (name, attributes, startedAt = performance.now()) => {
        context ??= trace.setSpan(ROOT_CONTEXT, span);
        return toSpan(otel.startSpan(name, { kind: SpanKind.INTERNAL, attributes: { ...attributes }, startTime: startedAt }, context));
      },
      set: (attributes) => void span.setAttributes({ ...attributes }),
      end: (fault = null) => {
        if (fault !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: fault });
        span.end(performance.now());
      },
    };
  };

  return {
    start: (name, { attributes, kind = 'internal', traceparent = null, startedAt = performance.now() }) => {
      const parent = traceparent === null ? null : toSpanContext(traceparent);
      const context = parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
      return toSpan(otel.startSpan(name, { kind: kinds[kind], attributes: { ...attributes }, startTime: startedAt }, context));
    },
  };
}

/** A collector that is down is one line in the log, and one when it is back. */
function tellOnce(exporter: SpanExporter, log: Log): SpanExporter {
  let isDown = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        // ExportResultCode.SUCCESS
        const failed = result.code !== 0;
        if (failed && !isDown)
          log.warn({ err: result.error }, 'traces cannot be sent to OTEL_EXPORTER_OTLP_ENDPOINT; they are dropped until they can');
        if (!failed && isDown) log.info('traces are sent again');
        isDown = failed;
        // What was not sent is dropped, and has been told of.
        done({ code: 0 });
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: async () => exporter.shutdown(),
  };
}

function toDiagLogger(log: Log): Parameters<typeof diag.setLogger>[0] {
  const nothing = (): void => {};
  return {
    error: (message) => log.warn({ source: 'opentelemetry' }, message),
    warn: nothing,
    info: nothing,
    debug: nothing,
    verbose: nothing,
  };
}

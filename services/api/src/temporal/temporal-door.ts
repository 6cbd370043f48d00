import type { OperatorAnswer } from '@holdfast/workflows/contracts';

/** A payload as Temporal's remote codecs exchange it: protobuf JSON, bytes in base64. */
export interface PayloadJson {
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly data?: string | undefined;
}

/** What the API asks of Temporal. It is never asked for what is true. */
export interface TemporalDoor {
  /** Signs the answer and hands it to the running operation. Throws AnswerRefused, TemporalUnavailable. */
  answer(answer: OperatorAnswer): Promise<void>;
  /** Throws when Temporal does not serve. */
  check(): Promise<void>;
  /** Payloads that are not encrypted pass as they are. */
  decode(payloads: readonly PayloadJson[]): Promise<PayloadJson[]>;
  encode(payloads: readonly PayloadJson[]): Promise<PayloadJson[]>;
}

/** The workflow does not take the answer now: its code and its sentence. */
export class AnswerRefused extends Error {
  override readonly name = 'AnswerRefused';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Temporal, or every worker, is away; the same answer may be taken later. */
export class TemporalUnavailable extends Error {
  override readonly name = 'TemporalUnavailable';
}

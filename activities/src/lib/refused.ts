import type { Refusal } from '@holdfast/domain';

/** The domain refuses: trying again cannot help. `to-application-failure.ts` makes the failure of it. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: string;

  constructor({ code, detail }: Pick<Refusal, 'code' | 'detail'>) {
    super(detail);
    this.code = code;
  }
}

/** An activity found that a condition of its step is not met; whether it may come to be is said by `final`. */
export class ConditionNotMet extends Error {
  override readonly name = 'ConditionNotMet';
  constructor(
    readonly code: string,
    message: string,
    readonly node: string | undefined,
    /** True when trying again cannot help, or would harm clients. */
    readonly final: boolean,
  ) {
    super(message);
  }
}

import { costOf } from './cost.js';

const PRICES = { 'SMALL-1C-1G': 6_000, 'MEDIUM-2C-4G': 24_000 };

describe('the cost of machines', () => {
  it('adds up per size, for an hour and for a month of 730 hours', () => {
    expect(costOf('local', ['SMALL-1C-1G', 'SMALL-1C-1G', 'MEDIUM-2C-4G'], 1, PRICES)).toEqual({ perHourMicroUsd: 36_000, perMonthMicroUsd: 26_280_000 });
  });
  it('is less than nothing for machines that go', () => {
    expect(costOf('local', ['MEDIUM-2C-4G'], -1, PRICES)).toEqual({ perHourMicroUsd: -24_000, perMonthMicroUsd: -17_520_000 });
  });
  it('is nothing where no price is known, and never minus nothing', () => {
    expect(costOf('local', ['SMALL-1C-1G'], -1)).toEqual({ perHourMicroUsd: 0, perMonthMicroUsd: 0 });
    expect(costOf('moon', ['SMALL-1C-1G'], 1)).toEqual({ perHourMicroUsd: 0, perMonthMicroUsd: 0 });
    expect(costOf('local', ['HUGE'], 1, PRICES)).toEqual({ perHourMicroUsd: 0, perMonthMicroUsd: 0 });
  });
});

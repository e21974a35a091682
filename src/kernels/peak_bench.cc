// What this machine can do at best: the limits that kernels are held against.
#include <algorithm>
#include <chrono>

#include "base/aligned.h"
#include "kernels/bench.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/peak_bench.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace visq::bench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Enough chains that none waits for another; the compiler must see neither that the operands are
// constant nor that they are equal, or it computes equal chains once.
constexpr int kRounds = 1 << 20;

template <typename D, typename Step>
double products(D d, std::size_t lanes, const Step& step) {
  const auto any = [=]() HWY_ATTR {
    auto value = hn::Set(d, static_cast<hn::TFromD<D>>(3));
    benchmark::DoNotOptimize(value);
    return value;
  };
  const auto operand = any();
  auto a = any(), b = any(), c = any(), e = any(), f = any(), g = any(), h = any(), i = any(),
       j = any(), k = any();
  for (int round = 0; round < kRounds; ++round) {
    a = step(operand, a);
    b = step(operand, b);
    c = step(operand, c);
    e = step(operand, e);
    f = step(operand, f);
    g = step(operand, g);
    h = step(operand, h);
    i = step(operand, i);
    j = step(operand, j);
    k = step(operand, k);
  }
  auto all = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)),
                     hn::Add(hn::Add(f, g), hn::Add(h, hn::Add(i, hn::Add(j, k)))));
  benchmark::DoNotOptimize(all);
  return 10.0 * kRounds * static_cast<double>(lanes);
}

double multiply(int arithmetic) {
#if HWY_TARGET == HWY_SCALAR
  (void)arithmetic;
  return 0;
#else
  const hn::ScalableTag<std::int16_t> d16;
  const hn::ScalableTag<std::int32_t> d32;
  const hn::ScalableTag<float> df;
  switch (static_cast<Arithmetic>(arithmetic)) {
    case Arithmetic::int16:
      return products(d32, hn::Lanes(d16), [=](auto x, auto sum) HWY_ATTR {
        auto odd = hn::Zero(d32);
        return hn::ReorderWidenMulAccumulate(d32, hn::BitCast(d16, x), hn::BitCast(d16, sum), x,
                                             odd);
      });
    case Arithmetic::int32:
      return products(d32, hn::Lanes(d32),
                      [](auto x, auto sum) HWY_ATTR { return hn::Add(hn::Mul(x, sum), x); });
    case Arithmetic::float32:
      return products(df, hn::Lanes(df),
                      [](auto x, auto sum) HWY_ATTR { return hn::MulAdd(x, sum, x); });
    case Arithmetic::bfloat16: {
      const hn::Repartition<hwy::bfloat16_t, decltype(df)> dbf;
      return HWY_NATIVE_DOT_BF16 * products(df, hn::Lanes(dbf), [=](auto x, auto sum) HWY_ATTR {
               auto odd = hn::Zero(df);
               return hn::ReorderWidenMulAccumulate(df, hn::BitCast(dbf, x), hn::BitCast(dbf, sum),
                                                    x, odd);
             });
    }
  }
  return 0;
#endif
}

double read(const std::uint8_t* HWY_RESTRICT bytes, std::size_t count) {
  const hn::ScalableTag<std::uint8_t> d;
  auto a = hn::Zero(d), b = hn::Zero(d);
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t i = 0; i + 2 * lanes <= count; i += 2 * lanes) {
    a = hn::Or(a, hn::Load(d, bytes + i));
    b = hn::Or(b, hn::Load(d, bytes + i + lanes));
  }
  auto all = hn::Or(a, b);
  benchmark::DoNotOptimize(all);
  return static_cast<double>(count);
}

}  // namespace HWY_NAMESPACE
}  // namespace visq::bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace visq::bench {
namespace {

HWY_EXPORT(multiply);
HWY_EXPORT(read);

// The best of some runs, which each return how much they did: that much a second.
template <typename Run>
double best_rate(const Run& run) {
  double best = 0;
  for (int i = 0; i < 7; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const double work = run();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, work / seconds.count());
  }
  return best;
}

void report(benchmark::State& state, double rate) {
  for (auto unused : state) (void)unused;
  state.counters["peak"] = benchmark::Counter(rate);
}

void memory(benchmark::State& state) { report(state, machine_peak().bytes); }
void arithmetic(benchmark::State& state) {
  report(state, machine_peak().products[static_cast<std::size_t>(state.range(0))]);
}

BENCHMARK(memory)->Name("machine/bytes read a second")->Iterations(1);
BENCHMARK(arithmetic)
    ->Name("machine/products a second (0: int16, 1: int32, 2: float32, 3: bfloat16, if any)")
    ->DenseRange(0, 3)
    ->Iterations(1);

}  // namespace

const Peak& machine_peak() {
  static const Peak kPeak = [] {
    Peak peak;
    for (int kind = 0; kind < 4; ++kind)
      peak.products[static_cast<std::size_t>(kind)] =
          best_rate([&] { return HWY_DYNAMIC_DISPATCH(multiply)(kind); });
    // Two 8-bit pictures, as the benchmarks read again and again, and a decoder leaves them in the
    // last cache.
    const auto buffer = AlignedBuffer<std::uint8_t>::zeroed(std::size_t{2} * kWidth * kHeight);
    peak.bytes =
        best_rate([&] { return HWY_DYNAMIC_DISPATCH(read)(buffer.data(), buffer.size()); });
    return peak;
  }();
  return kPeak;
}

}  // namespace visq::bench
#endif

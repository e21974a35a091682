// Builds of their own kind: those with a sanitizer, whose shadow memory no limit on memory leaves
// room for, and those in which scalar kernels take minutes for large pictures.
#pragma once

#include <string_view>

namespace visq::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;  // GCC
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;  // clang
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

#ifdef VISQ_COVERAGE
inline constexpr bool kSlow = true;
#else
inline constexpr bool kSlow = kSanitized;
#endif

// Clips of ../shared that a slow build leaves out: others, and those that tests generate, have
// every format that they have.
inline bool is_left_out(std::string_view clip) {
  return kSlow &&
         (clip.starts_with("dark") || clip.starts_with("parkjoy") || clip.starts_with("src01"));
}

}  // namespace visq::test

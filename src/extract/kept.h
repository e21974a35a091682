// Comparisons of one reference with several pictures: what is found out about the reference alone is found
// out once.
#pragma once

#include <optional>
#include <string_view>
#include <type_traits>

#include "picture/picture.h"

namespace visq {

// `compare(const Kept* known, Kept* keep)` gives a Result; each pointer may be nullptr. Where the reference
// may come again, the first comparison fills `keep`, the others get that as `known`.
template <typename Kept, typename Compare>
std::invoke_result_t<Compare, const Kept*, Kept*> compare_keeping(const Picture& reference, ArtefactId<Kept> id, std::string_view variant, const Compare& compare) {
  std::optional<typename std::invoke_result_t<Compare, const Kept*, Kept*>::value_type> first;
  auto known = reference.made_artefact(id, variant);
  if (known == nullptr && reference.may_come_again()) {
    VISQ_ASSIGN(known, reference.artefact(id, variant, [&]() -> Result<Kept> {
      Kept kept;
      VISQ_ASSIGN(first, compare(nullptr, &kept));
      return kept;
    }));
  }
  if (first) return *std::move(first);
  return compare(known.get(), nullptr);
}

}  // namespace visq

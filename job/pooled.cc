#include "job/pooled.h"

#include <algorithm>

namespace visq::job {

std::vector<Pooled> pooled(VmafContext* context) {
  std::vector<Pooled> list;
  vmaf_for_each_pooled(
      context,
      [](void* user, const VmafPooledScore* s) {
        Pooled pooled{s->name, s->unit, s->clip_name, {s->shares, s->shares + s->n_shares}, *s};
        pooled.score.name = pooled.score.unit = pooled.score.clip_name = nullptr;
        pooled.score.shares = nullptr;
        static_cast<std::vector<Pooled>*>(user)->push_back(std::move(pooled));
      },
      &list);
  return list;
}

std::vector<Pooled> asked_first(std::vector<Pooled> list) {
  const auto others = std::stable_partition(list.begin(), list.end(),
                                            [](const Pooled& p) { return p.was_asked_for(); });
  std::stable_sort(list.begin(), others,
                   [](const Pooled& a, const Pooled& b) { return a.score.asked < b.score.asked; });
  return list;
}

NamedValues other_scores_of_clip(VmafContext* context, const std::vector<Pooled>& list) {
  NamedValues values;
  vmaf_for_each_aggregate(
      context,
      [](void* user, const char* name, double value) {
        static_cast<NamedValues*>(user)->emplace_back(name, value);
      },
      &values);
  std::erase_if(values, [&](const auto& value) {
    return std::any_of(list.begin(), list.end(),
                       [&](const Pooled& p) { return p.clip_name == value.first; });
  });
  return values;
}

}  // namespace visq::job

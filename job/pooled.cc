#include "job/pooled.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <new>

namespace visq::job {

namespace {

Pooled kept(const VmafPooledScore& s) {
  Pooled pooled{s.name, s.unit, s.clip_name, {s.shares, s.shares + s.n_shares}, s};
  pooled.score.name = pooled.score.unit = pooled.score.clip_name = nullptr;
  pooled.score.shares = nullptr;
  return pooled;
}

// Half a list would be taken for all.
void check_memory(int code) {
  if (code == -ENOMEM) throw std::bad_alloc();
}

}  // namespace

std::vector<Pooled> pooled(VmafContext* context) {
  std::vector<Pooled> list;
  check_memory(vmaf_for_each_pooled(
      context,
      [](void* user, const VmafPooledScore* s) {
        static_cast<std::vector<Pooled>*>(user)->push_back(kept(*s));
      },
      &list));
  return list;
}

std::vector<ShotScores> pooled_by_shot(VmafContext* context) {
  std::vector<ShotScores> list;
  check_memory(vmaf_for_each_shot(
      context,
      [](void* user, const VmafShot* shot) {
        ShotScores scores{shot->frames, {}};
        for (std::size_t i = 0; i < shot->n_scores; ++i)
          scores.pooled.push_back(kept(shot->scores[i]));
        static_cast<std::vector<ShotScores>*>(user)->push_back(std::move(scores));
      },
      &list));
  return list;
}

const ShotScores* worst_shot(const std::vector<ShotScores>& shots, const std::string& score) {
  const ShotScores* worst = nullptr;
  double least = 0;
  for (const ShotScores& shot : shots)
    for (const Pooled& p : shot.pooled) {
      const double value = p.score.direction * p.score.mean;
      if (p.name != score || !p.has_direction() || std::isnan(value)) continue;
      if (worst == nullptr || value < least) {
        worst = &shot;
        least = value;
      }
    }
  return worst;
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

// Text of others on a terminal, or in a line of a file.
#pragma once

#include <string>
#include <string_view>

namespace visq {

// With what would move the cursor, begin a line or turn the direction of writing escaped: a line
// feed as \\n, other control characters and bytes that are no UTF-8 as \\x1b. `also`: other
// characters of ASCII that are escaped.
std::string shown(std::string_view text, std::string_view also = "");

// The size of the UTF-8 character with which the text begins; 0 where there is none.
std::size_t character_size(std::string_view text);

}  // namespace visq

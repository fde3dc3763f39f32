#pragma once

#include <cstddef>
#include <string>
#include <vector>

/// The measure: what a program that uses librdkafka and nothing else needs for the same records.
/// From the second record on, when it is connected, to the last; written to `report`. `copies`: each record has bytes
/// of its own, which librdkafka makes and frees.
void ProduceBare(const std::string& bootstrap, const std::string& topic, std::vector<char>& value, std::size_t records,
                 bool copies, const std::string& report);
void ConsumeBare(const std::string& bootstrap, const std::string& topic, std::size_t records,
                 const std::string& report);

#pragma once

#include <cstddef>
#include <string>
#include <vector>

/// The measure: what a program that uses librdkafka and nothing else needs for the same records.
void ProduceBare(const std::string& bootstrap, const std::string& topic, std::vector<char>& value, std::size_t records);
void ConsumeBare(const std::string& bootstrap, const std::string& topic, std::size_t records);

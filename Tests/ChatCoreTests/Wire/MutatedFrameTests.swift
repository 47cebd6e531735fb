import Testing

@testable import ChatCore

/// A million damaged frames, the same ones in every run.
struct MutatedFrameTests {
  static let shards = 8
  static let framesPerShard = 125_000

  @Test(arguments: 0..<shards)
  func `a damaged frame becomes a frame or an error, and what was understood survives encoding`(
    shard: Int
  ) throws {
    var random = SplitMix64(state: 0xc4a7 &+ UInt64(shard))
    let isClient = shard.isMultiple(of: 2)
    let seeds = isClient ? WireSamples.clientFrames.map(encoded) : WireSamples.serverFrames.map(encoded)
    let payloads = seeds.compactMap { cut([$0]).frames.first }
    var codec = FrameCodec(decodingBytes: 1 << 20)
    var (understood, refused) = (0, 0)
    for round in 0..<Self.framesPerShard {
      let bytes = mutated(payloads, &random)
      // Encoding again is slow in a debug build, so it is done for some only.
      let again = round.isMultiple(of: 8)
      do throws(ChatError) {
        if isClient {
          try decodeClientFrame(bytes, again: again, &codec)
        } else {
          try decodeServerFrame(bytes, again: again, &codec)
        }
        understood += 1
      } catch {
        refused += 1
      }
    }
    // Both must be common, or the damage is too light or too heavy to find anything.
    #expect(understood > Self.framesPerShard / 10 && refused > Self.framesPerShard / 10)
  }

  private func decodeClientFrame(
    _ bytes: [UInt8], again: Bool, _ codec: inout FrameCodec
  ) throws(ChatError) {
    let frame = try codec.decodeOwnedClientFrame(bytes)
    if case .publish(let publish) = frame.body, publish.to.count == 1 {
      // Which of the two has read it does not show.
      let unpacked = try bytes.lend { bytes throws(ChatError) in try codec.unpackClientFrame(bytes) == frame }
      #expect(unpacked)
    }
    guard again else { return }
    var buffer = FrameBuffer()
    codec.encode(frame, into: &buffer)
    guard let encoded = cut([[UInt8](buffer.readable)], limit: .max).frames.first else {
      Issue.record("no frame")
      return
    }
    do throws(ChatError) {
      let second = try codec.decodeOwnedClientFrame(encoded)
      #expect(second == frame)
    } catch {
      Issue.record("\(error)")
    }
  }

  private func decodeServerFrame(
    _ bytes: [UInt8], again: Bool, _ codec: inout FrameCodec
  ) throws(ChatError) {
    let frame = try bytes.lend { bytes throws(ChatError) in try codec.decodeServerFrame(bytes) }
    guard again else { return }
    var buffer = FrameBuffer()
    codec.encode(frame, into: &buffer)
    guard let encoded = cut([[UInt8](buffer.readable)], limit: .max).frames.first else {
      Issue.record("no frame")
      return
    }
    do throws(ChatError) {
      let second = try encoded.lend { bytes throws(ChatError) in
        try codec.decodeServerFrame(bytes)
      }
      #expect(second == frame)
    } catch {
      Issue.record("\(error)")
    }
  }

  /// One of the frames with one to four kinds of damage.
  private func mutated(_ payloads: [[UInt8]], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = payloads[random.below(payloads.count)]
    for _ in 0...random.below(3) {
      let place = random.below(bytes.count)
      switch random.below(7) {
      case 0 where !bytes.isEmpty:
        bytes[place] ^= 1 << UInt8(random.below(8))
      case 1 where !bytes.isEmpty:
        bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 2 where !bytes.isEmpty:
        bytes[place] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)]
      case 3:
        bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
      case 4 where !bytes.isEmpty:
        bytes.removeSubrange(place..<(place + random.below(min(4, bytes.count - place)) + 1))
      case 5:
        bytes.removeLast(random.below(bytes.count))
      default:
        // The beginning of one frame and the end of another, or two in a row, which protobuf merges.
        let other = payloads[random.below(payloads.count)]
        bytes.removeLast(random.below(4) == 0 ? bytes.count - place : 0)
        bytes += other[(random.below(2) == 0 ? random.below(other.count) : 0)...]
      }
    }
    return bytes
  }
}

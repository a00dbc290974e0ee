using System.Buffers;
using System.Buffers.Text;
using Plait.Connections;

namespace Plait.Transports;

/// <summary>
/// Base64 on the wire: obfsproxy's test transport <c>b64</c>. Each write becomes one Base64 text with its own padding;
/// the stream is such texts one after the other, so a padded quad may stand anywhere. Both sides are alike. It hides
/// nothing from anyone: it is for tests and demonstrations.
/// </summary>
internal sealed class Base64Transport : WrappingTransport
{
    public override string Name => "b64";

    protected override ByteConnection Wrap(ByteConnection wire) => new Base64Connection(wire);

    private sealed class Base64Connection(ByteConnection wire) : WrappedConnection(wire)
    {
        // 48 KiB of payload become 64 KiB of text.
        private const int PayloadChunk = 48 * 1024;
        private const int TextChunk = 64 * 1024;

        private const string NotBase64 = "The other side sent something that is not Base64.";

        private readonly byte[] _partialQuad = new byte[4]; // text that waits for the rest of its quad
        private int _partial;
        private byte[]? _decoded; // lent only while it holds payload that the reader had no room for
        private int _decodedStart;
        private int _decodedEnd;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            if (buffer.IsEmpty)
            {
                return _decoded is not null ? 0 : await Inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            }

            while (_decoded is null)
            {
                if (!await FillAsync(cancellationToken).ConfigureAwait(false))
                {
                    return 0;
                }
            }

            int count = Math.Min(buffer.Length, _decodedEnd - _decodedStart);
            _decoded.AsMemory(_decodedStart, count).CopyTo(buffer);
            _decodedStart += count;
            if (_decodedStart == _decodedEnd)
            {
                ArrayPool<byte>.Shared.Return(_decoded);
                _decoded = null;
            }

            return count;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
        {
            byte[] text = ArrayPool<byte>.Shared.Rent(TextChunk);
            while (!buffer.IsEmpty)
            {
                ReadOnlyMemory<byte> chunk = buffer[..Math.Min(PayloadChunk, buffer.Length)];
                Base64.EncodeToUtf8(chunk.Span, text, out _, out int written);
                await Inner.WriteAsync(text.AsMemory(0, written), cancellationToken).ConfigureAwait(false);
                buffer = buffer[chunk.Length..];
            }

            ArrayPool<byte>.Shared.Return(text); // not on failure: an aborted write may still hold it
        }

        /// <summary>Reads once and decodes whole quads. False at the end of the stream.</summary>
        private async Task<bool> FillAsync(CancellationToken cancellationToken)
        {
            byte[] text = ArrayPool<byte>.Shared.Rent(TextChunk);
            _partialQuad.AsSpan(0, _partial).CopyTo(text);
            int count = await Inner.ReadAsync(text.AsMemory(_partial), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                ArrayPool<byte>.Shared.Return(text);
                return _partial == 0 ? false : throw new IOException("The Base64 stream ended inside a quad.");
            }

            int length = _partial + count;
            int whole = length / 4 * 4;
            _partial = length - whole;
            text.AsSpan(whole, _partial).CopyTo(_partialQuad);
            int decoded = DecodeTexts(text.AsSpan(0, whole));
            if (decoded == 0)
            {
                ArrayPool<byte>.Shared.Return(text);
                return true;
            }

            (_decoded, _decodedStart, _decodedEnd) = (text, 0, decoded);
            return true;
        }

        /// <summary>Decodes texts one after the other in place: the result is never longer than what it came from.</summary>
        private static int DecodeTexts(Span<byte> text)
        {
            // The framework skips blanks where it finds them, and so would depend on how the stream was cut.
            if (text.ContainsAny(" \t\r\n"u8))
            {
                throw new IOException(NotBase64);
            }

            int produced = 0;
            int position = 0;
            while (position < text.Length)
            {
                int padding = text[position..].IndexOf((byte)'=');
                int end = padding < 0 ? text.Length : (position + padding) / 4 * 4 + 4;
                if (Base64.DecodeFromUtf8InPlace(text[position..end], out int written) != OperationStatus.Done)
                {
                    throw new IOException(NotBase64);
                }

                text.Slice(position, written).CopyTo(text[produced..]);
                produced += written;
                position = end;
            }

            return produced;
        }
    }
}

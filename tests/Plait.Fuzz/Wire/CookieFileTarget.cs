using Plait.Fuzz.Engine;
using Plait.Wire.ExtOrPort;

namespace Plait.Fuzz.Wire;

/// <summary>A file that should be an Extended ORPort cookie.</summary>
internal sealed class CookieFileTarget : FuzzTarget
{
    private const string Header = "! Extended ORPort Auth Cookie !\n";

    internal override string Name => "cookie-file";

    internal override string Invariant => "a cookie exactly if it is the header and 32 bytes; written again it is the same file";

    internal override int MaxLength => 256;

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        Header, new string('x', 32), new string('\0', 31), "!", "\n", "\r\n"
    ];

    internal override string Run(byte[] input)
    {
        bool read = AuthCookie.TryParseFile(input, out AuthCookie? cookie, out string? error);
        bool sound = input.Length == 64 && input.AsSpan().StartsWith("! Extended ORPort Auth Cookie !\n"u8);
        Check.Equal(sound, read, "a cookie exactly if it is one");
        Check.That(read == (error is null) && read == (cookie is not null), "a cookie or a reason");
        Check.That(!read || cookie!.FormatFile().AsSpan().SequenceEqual(input), "written again it is the same");
        return Behaviour.Of(read, Behaviour.Words(error));
    }
}

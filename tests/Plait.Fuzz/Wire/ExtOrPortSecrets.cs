using System.Text;
using Plait.Wire.ExtOrPort;

namespace Plait.Fuzz.Wire;

/// <summary>A cookie that stays the same, so that an input means the same in every run.</summary>
internal static class ExtOrPortSecrets
{
    internal static AuthCookie Cookie { get; } = Read();

    private static AuthCookie Read()
    {
        byte[] file = Encoding.ASCII.GetBytes("! Extended ORPort Auth Cookie !\n" + "Gliding wrapt in a brown mantle,"); // V9
        return AuthCookie.TryParseFile(file, out AuthCookie? cookie, out string? error)
            ? cookie
            : throw new InvalidOperationException(error);
    }
}

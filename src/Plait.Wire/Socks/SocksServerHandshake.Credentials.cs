using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Handshakes;

namespace Plait.Wire.Socks;

// User name and password (RFC 1929), and the arguments in them.
public sealed partial class SocksServerHandshake
{
    // 01 ULEN user PLEN password -> 01 STATUS
    private bool ReadUserPassword(ref HandshakeTurn turn)
    {
        ReadOnlySpan<byte> unread = turn.Unread;
        if (unread.Length < 2)
        {
            return false;
        }

        if (unread[0] != SocksMethod.UserPasswordVersion || unread[1] == 0)
        {
            return RefuseCredentials(ref turn, "the user name is empty or of an unknown form"); // S14, V8
        }

        int userEnd = 2 + unread[1];
        if (unread.Length <= userEnd)
        {
            return false;
        }

        int passwordLength = unread[userEnd];
        if (passwordLength == 0)
        {
            return RefuseCredentials(ref turn, "the password is empty"); // S14
        }

        if (!turn.TryTake(userEnd + 1 + passwordLength, out ReadOnlySpan<byte> message))
        {
            return false;
        }

        if (Judge(message[2..userEnd], message[(userEnd + 1)..]) is { } fault)
        {
            return RefuseCredentials(ref turn, fault);
        }

        turn.Write(SocksMethod.UserPasswordVersion, SocksMethod.UserPasswordAccepted);
        _stage = Stage.Request;
        return true;
    }

    private string? Judge(ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
    {
        if (policy is SocksCredentialPolicy.Password expected)
        {
            // Always compares both, so that the time does not show which one is wrong.
            bool known = CryptographicOperations.FixedTimeEquals(user, expected.User.Span)
                & CryptographicOperations.FixedTimeEquals(password, expected.Secret.Span);
            return known ? null : "the user name or the password is wrong";
        }

        // S5, S13: one text in two fields, whose boundary may split an escape or a letter. A password of one NUL counts as empty.
        Span<byte> text = stackalloc byte[SocksLimits.MaxArgumentLength];
        user.CopyTo(text);
        ReadOnlySpan<byte> rest = password is [0] ? [] : password;
        rest.CopyTo(text[user.Length..]);
        return ReadArguments(text[..(user.Length + rest.Length)]);
    }

    private string? ReadArguments(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
        {
            return "the arguments are not UTF-8";
        }

        return PtArguments.TryParseClient(Encoding.UTF8.GetString(text), out _arguments, out string? error)
            ? null
            : $"arguments: {error}";
    }

    private bool RefuseCredentials(ref HandshakeTurn turn, string why) =>
        Reject(ref turn, why, SocksMethod.UserPasswordVersion, SocksMethod.UserPasswordRefused);
}

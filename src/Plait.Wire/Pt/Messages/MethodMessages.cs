using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;

namespace Plait.Wire.Pt.Messages;

/// <summary><c>CMETHOD</c>: a client transport is ready (M18).</summary>
/// <param name="Name">The transport.</param>
/// <param name="Version">The protocol of its port.</param>
/// <param name="Address">Its SOCKS port.</param>
public sealed record ClientMethodMessage(string Name, SocksVersion Version, IPEndPoint Address) : PtMessage
{
    /// <inheritdoc/>
    public override string Format() =>
        $"CMETHOD {LineText.Word(Name)} {(Version == SocksVersion.Socks4 ? "socks4" : "socks5")} {AddressText.Format(Address)}";
}

/// <summary><c>CMETHOD-ERROR</c>: a client transport could not be opened (M19).</summary>
/// <param name="Name">The transport.</param>
/// <param name="Text">For a person.</param>
public sealed record ClientMethodErrorMessage(string Name, string Text) : PtMessage
{
    /// <inheritdoc/>
    public override string Format() => LineText.Join($"CMETHOD-ERROR {LineText.Word(Name)}", Text);
}

/// <summary><c>CMETHODS DONE</c>: every client transport has been reported (M20).</summary>
public sealed record ClientMethodsDoneMessage : PtMessage
{
    /// <inheritdoc/>
    public override string Format() => "CMETHODS DONE";
}

/// <summary><c>SMETHOD</c>: a server transport is ready (M21).</summary>
/// <param name="Name">The transport.</param>
/// <param name="Address">Its listening address, or the address that it claims (C8).</param>
/// <param name="Arguments">The arguments that clients need, from <c>ARGS:</c>.</param>
public sealed record ServerMethodMessage(string Name, IPEndPoint Address, PtArguments Arguments) : PtMessage
{
    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">An argument holds a blank or a character that is not printable ASCII (M36).</exception>
    public override string Format()
    {
        string line = $"SMETHOD {LineText.Word(Name)} {AddressText.Format(Address)}";
        string arguments = Arguments.FormatServer();
        if (!LineText.IsWord(arguments))
        {
            throw new InvalidOperationException("An SMETHOD argument holds a blank or a character that is not printable ASCII.");
        }

        return arguments.Length == 0 ? line : $"{line} ARGS:{arguments}";
    }
}

/// <summary><c>SMETHOD-ERROR</c>: a server transport could not be opened (M22).</summary>
/// <param name="Name">The transport.</param>
/// <param name="Text">For a person.</param>
public sealed record ServerMethodErrorMessage(string Name, string Text) : PtMessage
{
    /// <inheritdoc/>
    public override string Format() => LineText.Join($"SMETHOD-ERROR {LineText.Word(Name)}", Text);
}

/// <summary><c>SMETHODS DONE</c>: every server transport has been reported (M22).</summary>
public sealed record ServerMethodsDoneMessage : PtMessage
{
    /// <inheritdoc/>
    public override string Format() => "SMETHODS DONE";
}

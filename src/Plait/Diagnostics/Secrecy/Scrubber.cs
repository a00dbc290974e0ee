using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;

namespace Plait.Diagnostics.Secrecy;

/// <summary>
/// Takes addresses and secrets out of texts that others wrote (G5): the output of children, messages of the system. A secret is every
/// value that was given to a child, in any of its forms (<see cref="KnownSecrets"/>), and what looks like one
/// (<see cref="ScrubPatterns"/>). Both are found on the text as it was written (<see cref="SecretSpans"/>).
/// </summary>
/// <param name="isUnsafe">SafeLogging 0: texts stay as they are.</param>
[ProgramSeam]
internal sealed class Scrubber(bool isUnsafe = false)
{
    private readonly KnownSecrets _known = new();
    private readonly OwnPlaces _own = new();

    /// <summary>A foreign text, fit for any output.</summary>
    internal SafeText Scrub(string foreign) => SafeText.Scrubbed(foreign, this);

    /// <summary>The beginning of a foreign text. It is scrubbed before it is cut, because half a secret is not recognised.</summary>
    internal SafeText Scrub(string foreign, int length) => Scrub(foreign).Shortened(length);

    /// <summary>Learns the values of arguments that a child is about to get.</summary>
    internal void Learn(PtArguments arguments)
    {
        foreach (PtArgument argument in arguments)
        {
            _known.Add(argument.Value);
        }
    }

    /// <summary>Learns the credentials of an upstream proxy. Its address is found by its looks.</summary>
    internal void Learn(UpstreamProxy? proxy) => _known.AddCredentials(proxy?.User, proxy?.Password);

    /// <summary>Learns a target, if it is a host name. An address is found by its looks.</summary>
    internal void Learn(EndPoint target)
    {
        if (target is DnsEndPoint { Host: var host })
        {
            _known.Add(host);
        }
    }

    /// <summary>Learns the listener of a child: the port may be shown if the child names this address.</summary>
    internal void LearnListener(IPEndPoint listener) => _own.Add(listener);

    /// <summary>Learns the state folder of a child, whose path may be shown.</summary>
    internal void LearnFolder(string path) => _own.Add(path);

    /// <summary>The scrubbed text as a string; for <see cref="SafeText"/> alone.</summary>
    internal string Clean(string foreign)
    {
        if (isUnsafe)
        {
            return foreign;
        }

        var spans = new SecretSpans(foreign);
        _known.Mark(spans);
        ScrubPatterns.Mark(spans, _own);
        return spans.Remove();
    }
}

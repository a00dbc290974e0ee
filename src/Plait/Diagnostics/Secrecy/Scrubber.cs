using System.Net;
using Plait.Wire.Pt;

namespace Plait.Diagnostics.Secrecy;

/// <summary>
/// Takes addresses and secrets out of texts that others wrote (G5): children's last words, their LOG lines, the system's
/// messages. These are every value that was given to a child, whole and in whatever form (<see cref="KnownSecrets"/>), and
/// what looks like a secret (<see cref="ScrubPatterns"/>). Both are found on the text as it was written (<see cref="SecretSpans"/>).
/// </summary>
/// <param name="isUnsafe">SafeLogging 0: texts stay as they are.</param>
internal sealed class Scrubber(bool isUnsafe = false)
{
    private readonly KnownSecrets _known = new();
    private readonly OwnPlaces _own = new();

    /// <summary>A foreign text, fit for any output.</summary>
    internal SafeText Scrub(string foreign) => SafeText.Scrubbed(foreign, this);

    /// <summary>The beginning of a foreign text. It is cut last: half a secret would not be known as one.</summary>
    internal SafeText Scrub(string foreign, int length) => Scrub(foreign).Shortened(length);

    /// <summary>Keeps the values of arguments that are about to be given to a child out of all that it may say.</summary>
    internal void Learn(PtArguments arguments)
    {
        foreach (PtArgument argument in arguments)
        {
            _known.Add(argument.Value);
        }
    }

    /// <summary>The same of an upstream proxy's credentials. Its address looks like one.</summary>
    internal void Learn(UpstreamProxy? proxy) => _known.AddCredentials(proxy?.User, proxy?.Password);

    /// <summary>The same of a target, if it is a host name. An address looks like one.</summary>
    internal void Learn(EndPoint target)
    {
        if (target is DnsEndPoint { Host: var host })
        {
            _known.Add(host);
        }
    }

    /// <summary>A child is to listen there: the port alone may be shown where the child names this address.</summary>
    internal void LearnListener(IPEndPoint listener) => _own.Add(listener);

    /// <summary>A child keeps its state in this folder, whose path may be shown: it is ours.</summary>
    internal void LearnFolder(string path) => _own.Add(path);

    /// <summary>The text itself; for <see cref="SafeText"/> alone, which is what the rest of Plait passes on.</summary>
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

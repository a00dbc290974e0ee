using Plait.Transports;
using Plait.Transports.Foreign;
using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>Transports that an application has in code, as declarations of a role.</summary>
internal static class RegisteredTransports
{
    /// <summary>Adds them. A plugin line of the same name takes precedence; a transport of Plait's own is replaced.</summary>
    /// <param name="declared">Gets them.</param>
    /// <param name="registered">The transports, by name.</param>
    /// <param name="role">The role.</param>
    /// <exception cref="ArgumentException">A name is not one of a transport.</exception>
    internal static void AddTo(
        Dictionary<string, TransportDeclaration> declared, IReadOnlyDictionary<string, TransportSource.InProcess> registered, PtRole role)
    {
        foreach ((string name, TransportSource.InProcess source) in registered)
        {
            if (!TransportName.IsValid(name))
            {
                throw new ArgumentException($"'{name}' is not the name of a transport. {NameList.Identifier}", nameof(registered));
            }

            bool has = role == PtRole.Client ? source.Client is not null : source.Server is not null;
            if (has && declared.GetValueOrDefault(name) is null or { Source: TransportSource.InProcess })
            {
                declared[name] = new(
                    name, Guarded(name, source), Indirect: false, ClientJointChoice.Automatic, ServerJointChoice.Automatic, WireChoice.Automatic);
            }
        }
    }

    private static TransportSource.InProcess Guarded(string name, TransportSource.InProcess source) => new(
        source.Client is null or ForeignClientTransport ? source.Client : new ForeignClientTransport(name, source.Client),
        source.Server is null or ForeignServerTransport ? source.Server
            : new ForeignServerTransport(name, () => source.Server, ForeignFailure.Get(() => source.Server.KeepsState, otherwise: false)));
}

using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Transports.Foreign;

/// <summary>Loads transports of .NET assemblies, each line with a load context of its own; Plait's own assemblies are shared with it.</summary>
[ProgramSeam]
internal static class TransportAssembly
{
    /// <summary>What stands in the way of an assembly before it is loaded; null if nothing does.</summary>
    /// <param name="path">Its full path.</param>
    internal static (FailureCause Cause, string What, string Advice)? ProblemOf(string path) =>
        // A program that is compiled ahead of time has no compiler for the code of an assembly.
        !RuntimeFeature.IsDynamicCodeSupported ? (
            FailureCause.NotPermitted, "this plait is a native program, which cannot load .NET assemblies",
            "compile the transport to a shared library (NativeAOT) and write library in place of assembly, "
                + "or use a plait that is not native")
        : !File.Exists(path) ? (FailureCause.ProgramMissing, $"there is no file '{path}'", "install the assembly, or correct its path in the plaitrc")
        : null;

    /// <summary>Loads an assembly and makes an object of one of its types.</summary>
    /// <typeparam name="T">What the type has to be.</typeparam>
    /// <param name="path">The assembly's full path.</param>
    /// <param name="typeName">The type's full name.</param>
    /// <exception cref="TransportException">It cannot be had.</exception>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Not called in a native program: ProblemOf. What a bundle lacks is reported.")]
    internal static T Load<T>(string path, string typeName)
        where T : class
    {
        if (ProblemOf(path) is var (cause, what, advice))
        {
            throw new TransportException(cause, SafeText.Own(what)) { Advice = SafeText.Own(advice) };
        }

        SafeText file = SafeText.Name(Path.GetFileName(path));
        return MakeObject<T>(file, TypeOf(file, path, typeName), SafeText.Name(typeName));
    }

    [RequiresUnreferencedCode("Loads an assembly.")]
    [return: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)]
    private static Type TypeOf(SafeText file, string path, string typeName)
    {
        try
        {
            Type? type = new Context(path).LoadFromAssemblyPath(path).GetType(typeName, throwOnError: false);
            return type ?? throw new TransportException(FailureCause.ArgumentWrong, $"{file} has no type {SafeText.Name(typeName)}")
            {
                Advice = $"write the full name of the transport's type after the path in the plaitrc, with its namespace",
            };
        }
        catch (BadImageFormatException e)
        {
            throw new TransportException(FailureCause.ArgumentWrong, $"{file} is no .NET assembly", e)
            {
                Advice = $"write the path of a .NET assembly; a shared library is named after library",
            };
        }
        catch (Exception e) when (e is not TransportException)
        {
            throw new TransportException(FailureCause.NotPermitted, $"{file} cannot be loaded: {SafeText.Name(e.GetType().Name)}", e)
            {
                Advice = $"install it with the assemblies that it needs beside it, and let Plait's user read them",
            };
        }
    }

    private static T MakeObject<T>(
        SafeText file, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] Type type, SafeText name)
        where T : class
    {
        if (!typeof(T).IsAssignableFrom(type))
        {
            throw new TransportException(FailureCause.ArgumentWrong, $"{name} of {file} is no {SafeText.Name(typeof(T).Name)}")
            {
                Advice = $"name a type that implements Plait.Transports.{SafeText.Name(typeof(T).Name)}",
            };
        }

        if (type.IsAbstract || type.ContainsGenericParameters || type.GetConstructor(Type.EmptyTypes) is null)
        {
            throw new TransportException(FailureCause.ArgumentWrong, $"{name} of {file} has no public constructor without parameters")
            {
                Advice = $"name a type that has one",
            };
        }

        try
        {
            return (T)Activator.CreateInstance(type)!;
        }
        catch (Exception e)
        {
            throw ForeignFailure.Of(e is TargetInvocationException { InnerException: { } inner } ? inner : e, $"the constructor of {name}");
        }
    }

    /// <summary>Finds what an assembly needs beside it; the interfaces of transports are those of this program.</summary>
    [RequiresUnreferencedCode("Loads assemblies.")]
    private sealed class Context(string path) : AssemblyLoadContext($"Plait transport {Path.GetFileName(path)}")
    {
        private static readonly string[] s_shared =
            [.. new[] { typeof(IClientTransport), typeof(Wire.Arguments.PtArguments) }.Select(type => type.Assembly.GetName().Name!)];

        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName) =>
            !s_shared.Contains(assemblyName.Name) && _resolver.ResolveAssemblyToPath(assemblyName) is { } found ? LoadFromAssemblyPath(found) : null;
    }
}
